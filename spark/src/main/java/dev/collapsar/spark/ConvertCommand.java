package dev.collapsar.spark;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Converts. */
@Command(name = "convert", mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return CollapsarSpark.DONE;
  }
}
