package dev.collapsar.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.collapsar.run.RunClock;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Who may see whom in all modules, and what library code does not do. */
@AnalyzeClasses(packages = "dev.collapsar", importOptions = DoNotIncludeTests.class)
class HouseRulesTest {
  private static final String[] CORE = {
    "dev.collapsar",
    "dev.collapsar.random..",
    "dev.collapsar.compute..",
    "dev.collapsar.linalg..",
    "dev.collapsar.data..",
    "dev.collapsar.stats..",
    "dev.collapsar.calibration..",
    "dev.collapsar.metric..",
    "dev.collapsar.run..",
    "dev.collapsar.report..",
    "dev.collapsar.tensorboard.."
  };

  @ArchTest
  static final ArchRule reportsSeeAllOfCore =
      sees(
          "report", "run", "metric", "calibration", "stats", "data", "linalg", "compute", "random");

  @ArchTest
  static final ArchRule runsSeeMetricsAndBelow =
      sees("run", "metric", "calibration", "stats", "data", "linalg", "compute", "random");

  @ArchTest
  static final ArchRule metricsSeeCalibrationAndStatistics =
      sees("metric", "calibration", "stats", "data", "linalg", "compute", "random");

  @ArchTest
  static final ArchRule calibrationSeesDataAndLinalg =
      sees("calibration", "stats", "data", "linalg", "compute", "random");

  @ArchTest
  static final ArchRule statisticsSeeDataAndLinalg =
      sees("stats", "data", "linalg", "compute", "random");

  @ArchTest static final ArchRule dataSeesNobody = sees("data", "linalg", "compute", "random");
  @ArchTest static final ArchRule linalgSeesNobody = sees("linalg", "compute", "random");
  @ArchTest static final ArchRule computeSeesNobody = sees("compute");
  @ArchTest static final ArchRule randomSeesNobody = sees("random");
  @ArchTest static final ArchRule tensorBoardSeesNobody = sees("tensorboard");

  @ArchTest
  static final ArchRule coreSeesNoOtherModule =
      noClasses()
          .that()
          .resideInAnyPackage(CORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.collapsar.learn..", "dev.collapsar.cli..");

  @ArchTest
  static final ArchRule learnDoesNotSeeTheCommandLine =
      noClasses()
          .that()
          .resideInAPackage("dev.collapsar.learn..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.collapsar.cli..");

  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("dev.collapsar.(**)").should().beFreeOfCycles();

  /** Settings see no run, runs no variants, variants no recipes, recipes no registry. */
  @ArchTest
  static final ArchRule roomsOfRunsSeeOnlyThoseToTheirLeft =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("settings")
          .definedBy("dev.collapsar.learn.settings..")
          .layer("run")
          .definedBy("dev.collapsar.learn.run..")
          .layer("variant")
          .definedBy("dev.collapsar.learn.variant..")
          .layer("recipes")
          .definedBy("dev.collapsar.learn.recipe.(*)..")
          .layer("registry")
          .definedBy("dev.collapsar.learn.recipe")
          .layer("commands")
          .definedBy("dev.collapsar.cli..", "dev.collapsar.bench..")
          .whereLayer("run")
          .mayOnlyBeAccessedByLayers("variant", "recipes", "registry", "commands")
          .whereLayer("variant")
          .mayOnlyBeAccessedByLayers("recipes", "registry", "commands")
          .whereLayer("recipes")
          .mayOnlyBeAccessedByLayers("registry")
          .whereLayer("registry")
          .mayOnlyBeAccessedByLayers("commands");

  /** What works on any network names none of our own layers. */
  @ArchTest
  static final ArchRule onlyTheSeamOfNetworksIsSeen =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.collapsar.learn.network",
              "dev.collapsar.learn.adapter..",
              "dev.collapsar.learn.merge..",
              "dev.collapsar.learn.training..",
              "dev.collapsar.learn.feedback..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.collapsar.learn.network.layer..");

  @ArchTest
  static final ArchRule recipesAndCommandsDoNotTouchNativeTypes =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.collapsar.learn.settings..",
              "dev.collapsar.learn.run..",
              "dev.collapsar.learn.variant..",
              "dev.collapsar.learn.recipe..",
              "dev.collapsar.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule coreDoesNotShowNativeTypes =
      classes().that().resideInAnyPackage(CORE).and().arePublic().should(notShow("org.bytedeco"));

  @ArchTest
  static final ArchRule nobodyPrints =
      noClasses()
          .should()
          .accessTargetWhere(
              describe(
                  "prints", access -> is(access, System.class, "out", "err") || isPrint(access)));

  @ArchTest
  static final ArchRule onlyTheCommandLineExits =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Collapsar.class)
          .should()
          .accessTargetWhere(
              describe(
                  "exits",
                  access ->
                      is(access, System.class, "exit")
                          || is(access, Runtime.class, "exit", "halt")));

  @ArchTest
  static final ArchRule oneClassOfTheLibraryReadsTheClock =
      noClasses()
          .that()
          .doNotBelongToAnyOf(RunClock.class)
          .and()
          .resideOutsideOfPackage("dev.collapsar.cli..")
          .should()
          .accessTargetWhere(describe("reads the clock", HouseRulesTest::readsTheClock));

  @ArchTest
  static final ArchRule allChanceHasASeed =
      noClasses()
          .should()
          .accessTargetWhere(describe("draws without a seed", HouseRulesTest::drawsWithoutSeed));

  /** That a package of core sees of core's packages only itself, these and the root. */
  private static ArchRule sees(String packageName, String... others) {
    String[] unseen =
        Stream.of(
                "report",
                "run",
                "metric",
                "calibration",
                "stats",
                "data",
                "linalg",
                "compute",
                "random")
            .filter(name -> !name.equals(packageName) && !Set.of(others).contains(name))
            .map(name -> "dev.collapsar." + name + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage("dev.collapsar." + packageName + "..")
        .should()
        .dependOnClassesThat(
            unseen.length == 0
                ? DescribedPredicate.<JavaClass>alwaysFalse()
                : JavaClass.Predicates.resideInAnyPackage(unseen));
  }

  private static boolean is(JavaAccess<?> access, Class<?> owner, String... names) {
    return access.getTargetOwner().isEquivalentTo(owner)
        && Set.of(names).contains(access.getName());
  }

  private static boolean isPrint(JavaAccess<?> access) {
    return access.getTargetOwner().isAssignableTo(Throwable.class)
        && access.getName().equals("printStackTrace");
  }

  private static boolean readsTheClock(JavaAccess<?> access) {
    return is(access, System.class, "currentTimeMillis", "nanoTime")
        || Stream.of(
                Instant.class,
                LocalDate.class,
                LocalDateTime.class,
                OffsetDateTime.class,
                ZonedDateTime.class)
            .anyMatch(type -> is(access, type, "now"))
        || is(access, InstantSource.class, "system")
        || is(access, Clock.class, "system", "systemUTC", "systemDefaultZone")
        || is(access, Date.class, "<init>");
  }

  private static boolean drawsWithoutSeed(JavaAccess<?> access) {
    boolean withoutArguments =
        access.getTarget() instanceof CodeUnitAccessTarget t && t.getRawParameterTypes().isEmpty();
    return is(access, Math.class, "random")
        || is(access, UUID.class, "randomUUID")
        || is(access, ThreadLocalRandom.class, "current")
        || withoutArguments
            && (is(access, Random.class, "<init>") || is(access, SplittableRandom.class, "<init>"));
  }

  /** That no public or protected signature names a type of this package. */
  private static ArchCondition<JavaClass> notShow(String packageName) {
    return new ArchCondition<>("not show types of " + packageName) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaMember member : type.getMembers()) {
          Set<JavaModifier> modifiers = member.getModifiers();
          boolean visible =
              modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
          if (visible && named(member).anyMatch(t -> t.getPackageName().startsWith(packageName))) {
            events.add(SimpleConditionEvent.violated(member, member.getDescription()));
          }
        }
      }
    };
  }

  private static Stream<JavaClass> named(JavaMember member) {
    return member instanceof JavaField field
        ? Stream.of(field.getRawType())
        : member instanceof JavaCodeUnit unit
            ? Stream.concat(
                Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
            : Stream.of();
  }
}
