package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayConversion;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.NpyOutput;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Features on their way from partitions into an array file, through temporary .npy files. */
final class ArrayOutput {
  private static final byte[] NO_LABELS = {};

  private ArrayOutput() {}

  /**
   * A batch in bytes, little-endian.
   *
   * @param features null where the rows cannot be used
   * @param labels or what is wrong with the rows
   */
  record Part(byte[] features, byte[] labels) implements Serializable {}

  /** The batches of a partition. */
  static Iterator<Part> parts(Iterator<LabeledBatch> batches, boolean labelled) {
    return new Iterator<>() {
      private boolean ended;

      @Override
      public boolean hasNext() {
        return !ended && batches.hasNext();
      }

      @Override
      public Part next() {
        try {
          LabeledBatch batch = batches.next();
          return new Part(features(batch), labelled ? labels(batch) : NO_LABELS);
        } catch (InvalidInputException e) {
          ended = true;
          return new Part(null, new Complaint(FeatureScan.currentFile(), e.getMessage()).toBytes());
        }
      }
    };
  }

  private static byte[] features(LabeledBatch batch) {
    int values = batch.rows() * batch.width();
    ByteBuffer bytes =
        ByteBuffer.allocate(values * (batch.isDouble() ? Double.BYTES : Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (batch.isDouble()) {
      bytes.asDoubleBuffer().put(batch.doubles(), 0, values);
    } else {
      bytes.asFloatBuffer().put(batch.floats(), 0, values);
    }
    return bytes.array();
  }

  private static byte[] labels(LabeledBatch batch) {
    ByteBuffer bytes =
        ByteBuffer.allocate(batch.rows() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < batch.rows(); i++) {
      bytes.putLong(batch.labels()[i]);
    }
    return bytes.array();
  }

  /**
   * Writes {@code features} (rows,width) and, if there are labels, {@code labels} (rows).
   *
   * @throws Complaint if rows cannot be used
   */
  static void write(
      Path target,
      boolean force,
      Iterator<Part> parts,
      ElementType type,
      boolean labelled,
      long rows,
      int width)
      throws IOException, Complaint {
    Path folder = Files.createTempDirectory("collapsar");
    Path features = folder.resolve("features.npy");
    Path labels = folder.resolve("labels.npy");
    try {
      try (NpyOutput x = new NpyOutput(features, type, rows, width);
          NpyOutput y = new NpyOutput(labels, ElementType.I64, labelled ? rows : 0)) {
        while (parts.hasNext()) {
          Part part = parts.next();
          if (part.features() == null) {
            throw Complaint.fromBytes(part.labels());
          }
          x.write(ByteBuffer.wrap(part.features()));
          y.write(ByteBuffer.wrap(part.labels()));
        }
      }
      List<String> sources = new ArrayList<>(List.of(features.toString()));
      if (labelled) {
        sources.add(labels.toString());
      }
      try (ArrayConversion conversion = ArrayConversion.open(sources, target)) {
        conversion.run(force, written -> {});
      }
    } finally {
      Files.deleteIfExists(features);
      Files.deleteIfExists(labels);
      Files.delete(folder);
    }
  }
}
