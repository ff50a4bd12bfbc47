@echo off
rem Collapsar @project.version@ for @javacpp.platform@: finds Java 17 or later and starts it with the jars beside this script.
setlocal
if not "@javacpp.platform@"=="windows-x86_64" (
  echo collapsar: this archive holds natives of @javacpp.platform@, this machine is Windows; take the archive of windows-x86_64 1>&2
  exit /b 2
)
if "%~1"=="spark" (
  echo collapsar: spark needs Apache Spark, which this archive does not bring: run collapsar spark in a checkout, which fetches it, or spark-submit with the jar built there 1>&2
  exit /b 2
)
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
if defined COLLAPSAR_JAVA_HOME set "JAVA=%COLLAPSAR_JAVA_HOME%\bin\java"
"%JAVA%" --list-modules >nul 2>&1
if errorlevel 1 (
  echo collapsar: needs Java 17 or later, and %JAVA% does not start; install one, or set JAVA_HOME to its directory 1>&2
  exit /b 2
)
if not defined OMP_WAIT_POLICY set OMP_WAIT_POLICY=passive
if not defined OPENBLAS_THREAD_TIMEOUT set OPENBLAS_THREAD_TIMEOUT=4
"%JAVA%" @jvm.flags@ -Djava.awt.headless=true -XX:+UseSerialGC %COLLAPSAR_JAVA_OPTS% -cp "%~dp0..\lib\*" dev.collapsar.cli.Collapsar %*
exit /b %ERRORLEVEL%
