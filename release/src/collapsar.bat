@echo off
rem Collapsar @project.version@ for @javacpp.platform@: finds Java 17 or later and starts it with the jars beside this script.
rem No blocks in parentheses around what holds a path: "Program Files (x86)" would end them.
setlocal
if not "@javacpp.platform@"=="windows-x86_64" goto :other
if "%~1"=="spark" goto :spark
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME:"=%\bin\java"
if defined COLLAPSAR_JAVA_HOME set "JAVA=%COLLAPSAR_JAVA_HOME:"=%\bin\java"
"%JAVA%" --list-modules 2>nul | findstr /r /c:"^java\.base@1[7-9]" /c:"^java\.base@[2-9][0-9]" >nul
if errorlevel 1 goto :nojava
if not defined OMP_WAIT_POLICY set OMP_WAIT_POLICY=passive
if not defined OPENBLAS_THREAD_TIMEOUT set OPENBLAS_THREAD_TIMEOUT=4
"%JAVA%" @jvm.flags@ -Djava.awt.headless=true -XX:+UseSerialGC %COLLAPSAR_JAVA_OPTS% -cp "%~dp0..\lib\*" dev.collapsar.cli.Collapsar %*
exit /b %ERRORLEVEL%

:other
echo collapsar: this archive holds natives of @javacpp.platform@, this machine is Windows; take the archive of windows-x86_64 1>&2
exit /b 2

:spark
echo collapsar: spark needs Apache Spark, which this archive does not bring: run collapsar spark in a checkout, which fetches it, or spark-submit with the jar built there 1>&2
exit /b 2

:nojava
echo collapsar: needs Java 17 or later, and "%JAVA%" is none; install one, or set JAVA_HOME to its directory 1>&2
exit /b 2
