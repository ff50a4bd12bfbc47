package dev.collapsar.bench;

import dev.collapsar.learn.training.GradientRule;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The parts of an epoch of the recipes {@code collapse} and {@code collapse-layers}: a measurement
 * beside the forward passes that it needs, a training step in both memory layouts, and the assembly
 * of its batch. {@link EpochRatios} sets them against each other on a machine that others use.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 5)
@Measurement(iterations = 3, time = 5)
@Fork(1)
public class EpochBenchmark {
  @Param({"collapse", "collapse-layers"})
  public String recipe;

  private EpochParts parts;

  @Setup
  public void prepare() {
    parts =
        new EpochParts(
            recipe.equals("collapse-layers"), 3000, Runtime.getRuntime().availableProcessors());
  }

  @TearDown
  public void close() {
    parts.close();
  }

  @Benchmark
  public void forward() {
    parts.forward();
  }

  @Benchmark
  public void measure() {
    parts.measure();
  }

  @Benchmark
  public void input() {
    parts.input();
  }

  @Benchmark
  public GradientRule.Step step() {
    return parts.step();
  }

  @Benchmark
  public GradientRule.Step stepInDefaultLayout() {
    return parts.stepInDefaultLayout();
  }
}
