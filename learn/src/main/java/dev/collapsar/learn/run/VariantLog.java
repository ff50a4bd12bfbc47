package dev.collapsar.learn.run;

import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.data.NpyOutput;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.metric.Measurement;
import dev.collapsar.run.RunRecord;
import dev.collapsar.stats.ClassMoments;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The log of one variant: what is noted and kept of it. Every method throws {@link RunStopped} once
 * the run is stopped.
 */
public interface VariantLog {
  Variant variant();

  /** The same variant's log for numbers of another stage, in which nothing is trained. */
  VariantLog inStage(String stage);

  /**
   * Records numbers of one epoch.
   *
   * @param epoch from 0, before the first step
   * @param layer a tap's name; empty for numbers of the network as a whole
   */
  void record(int epoch, String layer, Collection<Measurement> measurements);

  /** Shows what the network's parameters are after an epoch, to who watches in TensorBoard. */
  void logWeights(int epoch, Network network);

  /** Says which epoch the variant's network is of, if that is not the last. */
  void keep(int epoch);

  /** Records how long an epoch took, and writes the record. */
  void endEpoch(int epoch, double trainSeconds, double measureSeconds);

  void recordClassification(RunRecord.Classification classification);

  /**
   * Records numbers of each class after an epoch, for {@code classes.csv}.
   *
   * @param layer a tap's name; empty for the network as a whole
   */
  void recordClasses(int epoch, String layer, List<ClassNumbers> classes);

  /** Keeps draws of chance in {@code draws/<variant>-<name>.npz}. */
  void saveDraws(String name, List<NpyOutput.Named> arrays);

  /** Keeps what the variant decides of every test sample in {@code predictions/<variant>.npz}. */
  void savePredictions(List<NpyOutput.Named> arrays);

  /**
   * Keeps the moments of the features that the variant's network was trained on in {@code
   * moments/<variant>.moments}: who predicts by it asks them how familiar a sample is.
   */
  void saveMoments(ClassMoments moments);

  /** Where the training of this variant finds and leaves its checkpoints. */
  CheckpointStore checkpoints();

  /**
   * Writes the variant's adapter in PEFT's layout, pointing at its base by relative path and hash.
   *
   * @param base the variant whose network, kept before, it sits on
   */
  void save(AdapterFile adapter, String base);

  /**
   * Says in the card of the variant's network how it was trained and how it does, and writes its
   * parameters and buffers, as PyTorch names them.
   */
  default void save(Network network) {
    save(network, file -> NetworkFile.write(file, network));
  }

  /**
   * Likewise, for a recipe that writes more than the network in its file.
   *
   * @param write called with the file
   */
  void save(Network network, Consumer<Path> write);
}
