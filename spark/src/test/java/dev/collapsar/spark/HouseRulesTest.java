package dev.collapsar.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What this module may touch, besides the rules of the others. */
@AnalyzeClasses(packages = "dev.collapsar.spark", importOptions = DoNotIncludeTests.class)
class HouseRulesTest {
  @ArchTest
  static final ArchRule coreAloneIsSeen =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..", "dev.collapsar.learn..", "dev.collapsar.cli..");

  @ArchTest
  static final ArchRule onlyTheMainClassExits =
      noClasses()
          .that()
          .doNotBelongToAnyOf(CollapsarSpark.class)
          .should()
          .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule nobodyPrintsOrReadsTheClock =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  /**
   * Spark's insides are no stable interface: two classes know them, and one asks for the context.
   */
  @ArchTest
  static final ArchRule theInsidesOfSparkStayInTheScan =
      noClasses()
          .that()
          .doNotBelongToAnyOf(FeatureScan.class, ColumnarBatches.class)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark.sql.execution..", "org.apache.spark.sql.classic..");
}
