package dev.collapsar.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evaluation.MomentsStream;
import dev.collapsar.learn.evaluation.TapListener;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.WeightOptimizer;
import dev.collapsar.learn.weight.Reparametrization;
import dev.collapsar.run.RunClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who may see whom in all modules, and what library code does not do. */
@AnalyzeClasses(packages = "dev.collapsar", importOptions = DoNotIncludeTests.class)
class HouseRulesTest {
  private static final String ROOT = "dev.collapsar";

  /** Each recipe is a room of its own, and none sees another. */
  private static final String RECIPES = "learn.recipe.*";

  /** Every room, from left to right: it sees those before it, and none after it. */
  private static final List<String> ROOMS =
      List.of(
          "",
          "random",
          "compute",
          "linalg",
          "data",
          "features",
          "stats",
          "metric",
          "classes",
          "inference",
          "calibration",
          "update",
          "run",
          "study",
          "report",
          "report.study",
          "report.measured",
          "board",
          "recording",
          "tensorboard",
          "mlflow",
          "command",
          "learn.tensor",
          "learn.batch",
          "learn.images",
          "learn.picture",
          "learn.dataset",
          "learn.checkpoint",
          "learn.weight",
          "learn.network",
          "learn.network.layer",
          "learn.network.architecture",
          "learn.network.script",
          "learn.adapter.part",
          "learn.adapter.layout",
          "learn.adapter",
          "learn.model",
          "learn.merge",
          "learn.spectra",
          "learn.evaluation",
          "learn.training",
          "learn.feedback",
          "learn.settings",
          "learn.run",
          "learn.prediction",
          "learn.study",
          "learn.evidence",
          "learn.variant",
          RECIPES,
          "learn.recipe",
          "cli.output",
          "cli.parquet",
          "cli.adapter",
          "cli.recorded",
          "cli.network",
          "cli.shell",
          "cli");

  private static final int MOST_TYPES = 32;
  private static final int MOST_PUBLIC_TYPES = 16;

  /**
   * Vocabularies show more: metrics, nulls and estimates, parts of adapters. What was once too wide
   * stays as narrow as it was made.
   */
  private static final Map<String, Integer> FACES =
      Map.ofEntries(
          Map.entry("data", 20),
          Map.entry("metric", 22),
          Map.entry("calibration", 18),
          Map.entry("learn.adapter.part", 24),
          Map.entry("stats", 11),
          Map.entry("learn.weight", 6),
          Map.entry("learn.network", 8),
          Map.entry("learn.network.layer", 11),
          Map.entry("learn.evaluation", 8),
          Map.entry("learn.training", 8),
          Map.entry("learn.feedback", 10));

  /** Circles of two or three classes that belong together; no larger one may be. */
  private static final Set<String> CIRCLES =
      Set.of(
          "data.SafeTensorsHeader data.SafeTensorsParser",
          "learn.checkpoint.Checkpoint learn.checkpoint.PickledState",
          "learn.dataset.Fetch learn.dataset.HttpTransfer",
          "learn.images.ImageSet learn.images.ImageTransform learn.images.Unit",
          "learn.network.CardFields learn.network.NetworkCard",
          "learn.network.Network learn.network.Taps",
          "learn.settings.Setting learn.settings.Settings",
          "learn.variant.CodedNetwork learn.variant.StartingNetwork",
          "linalg.Blas linalg.OpenBlas linalg.ReferenceBlas",
          "report.CollapseFormat report.EvidenceTable",
          "stats.ClassMoments stats.MomentsFormat",
          "stats.FeatureReadings stats.TableReadings",
          "stats.FrozenPass stats.ResultFormat");

  private static final String[] CORE =
      ROOMS.stream()
          .takeWhile(room -> !room.equals("command"))
          .map(room -> room.isEmpty() ? ROOT : ROOT + "." + room + "..")
          .toArray(String[]::new);

  @ArchTest
  static final ArchRule roomsSeeOnlyThoseToTheirLeft =
      classes()
          .should(
              new ArchCondition<>("see only rooms to the left of their own") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  if (placeOf(type) < 0) {
                    events.add(SimpleConditionEvent.violated(type, "no room: " + type.getName()));
                  }
                  for (Dependency edge : type.getDirectDependenciesFromSelf()) {
                    JavaClass seen = edge.getTargetClass();
                    boolean isOurs = seen.getPackageName().startsWith(ROOT);
                    if (isOurs && isRightOrBeside(type, seen)) {
                      events.add(SimpleConditionEvent.violated(edge, edge.getDescription()));
                    }
                  }
                }
              });

  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("dev.collapsar.(**)").should().beFreeOfCycles();

  @ArchTest
  static void circlesOfClassesAreSmallAndNamed(JavaClasses classes) {
    Set<String> found = new TreeSet<>();
    for (List<String> circle : Circles.of(classes)) {
      assertTrue(circle.size() <= 3, () -> "a circle of more than three classes: " + circle);
      found.add(String.join(" ", circle));
    }
    assertEquals(new TreeSet<>(CIRCLES), found);
  }

  @ArchTest
  static void packagesAreSmallAndShowLittle(JavaClasses classes) {
    Map<String, List<JavaClass>> packages =
        classes.stream()
            .filter(type -> !type.getName().contains("$"))
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName));
    packages.forEach(
        (name, types) -> {
          long shown = types.stream().filter(t -> t.getModifiers().contains(PUBLIC)).count();
          String room = roomOf(name);
          assertTrue(types.size() <= MOST_TYPES, () -> room + " has " + types.size() + " types");
          assertTrue(
              shown <= FACES.getOrDefault(room, MOST_PUBLIC_TYPES),
              () -> room + " shows " + shown + " types");
        });
  }

  @ArchTest
  static void everyPackageSaysWhatItHolds(JavaClasses classes) throws IOException {
    for (String module : List.of("core", "learn", "command", "cli", "spark", "bench")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        assertEquals(
            List.of(),
            files
                .filter(file -> file.toString().endsWith(".java"))
                .map(Path::getParent)
                .distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                .toList());
      }
    }
  }

  @ArchTest
  static final ArchRule onlyTheRegistryKnowsTheRecipes =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.collapsar.learn.recipe..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.collapsar.learn.recipe.(*)..");

  /** What works on any network names none of our own layers. */
  @ArchTest
  static final ArchRule onlyTheSeamOfNetworksIsSeen =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.collapsar.learn.weight",
              "dev.collapsar.learn.network",
              "dev.collapsar.learn.adapter..",
              "dev.collapsar.learn.merge..",
              "dev.collapsar.learn.evaluation..",
              "dev.collapsar.learn.training..",
              "dev.collapsar.learn.feedback..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.collapsar.learn.network.layer..", "dev.collapsar.learn.network.architecture..");

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

  /** A user meets tensors in batches, networks and what is put into them, and in gradient rules. */
  @ArchTest
  static final ArchRule nativeTypesShowOnlyWhereAUserMustMeetThem =
      classes()
          .that()
          .arePublic()
          .and()
          .resideOutsideOfPackages(
              "dev.collapsar.learn.tensor..",
              "dev.collapsar.learn.batch..",
              "dev.collapsar.learn.weight..",
              "dev.collapsar.learn.network..")
          .and()
          .areNotAssignableTo(ImageTransform.class)
          .and()
          .areNotAssignableTo(Reparametrization.class)
          .and()
          .areNotAssignableTo(GradientRule.class)
          .and()
          .doNotBelongToAnyOf(
              Adapter.class,
              GradientRule.class,
              Loss.class,
              MomentsStream.class,
              WeightOptimizer.class,
              TapListener.class,
              Trainer.class)
          .should(notShow("org.bytedeco"));

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

  /** The name within the project, such as {@code learn.batch}. */
  private static String roomOf(String packageName) {
    return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
  }

  /** Where its room stands in the list, or -1. */
  private static int placeOf(JavaClass type) {
    String room = roomOf(type.getPackageName());
    return ROOMS.indexOf(room.startsWith("learn.recipe.") ? RECIPES : room);
  }

  private static boolean isRightOrBeside(JavaClass from, JavaClass seen) {
    int distance = placeOf(seen) - placeOf(from);
    return distance > 0 || distance == 0 && !from.getPackageName().equals(seen.getPackageName());
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

  /** With what stands between angle brackets. */
  private static Stream<JavaClass> named(JavaMember member) {
    Stream<JavaType> types =
        member instanceof JavaField field
            ? Stream.of(field.getType())
            : member instanceof JavaCodeUnit unit
                ? Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                : Stream.of();
    return types.flatMap(type -> type.getAllInvolvedRawTypes().stream());
  }
}
