package dev.collapsar.learn.variant;

import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.TrainingDiverged;
import java.util.List;

/** Several listeners, told one after the other in their order. */
record TrainingListeners(List<TrainingListener> all) implements TrainingListener {
  @Override
  public void epochBegins(int epoch, int samples) {
    all.forEach(listener -> listener.epochBegins(epoch, samples));
  }

  @Override
  public void stepped(int samples, GradientRule.Step step) {
    all.forEach(listener -> listener.stepped(samples, step));
  }

  @Override
  public void trained(int epoch, double seconds) {
    all.forEach(listener -> listener.trained(epoch, seconds));
  }

  @Override
  public void diverged(int epoch, TrainingDiverged failure) {
    all.forEach(listener -> listener.diverged(epoch, failure));
  }

  @Override
  public void measurementBegins(int epoch, int samples) {
    all.forEach(listener -> listener.measurementBegins(epoch, samples));
  }

  @Override
  public void evaluated(int samples) {
    all.forEach(listener -> listener.evaluated(samples));
  }

  @Override
  public void reported(EpochReport report) {
    all.forEach(listener -> listener.reported(report));
  }

  @Override
  public void close() {
    all.forEach(TrainingListener::close);
  }
}
