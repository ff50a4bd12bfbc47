package dev.collapsar.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.serializer.JavaSerializer;
import scala.Tuple2;
import scala.math.Ordering$;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Merges what partitions found, piece by piece: the parts of a chunk meet in one task, sorted by
 * the partition they come from, and are folded as they stream by. So the order of the sums, and
 * with it every bit of the result, is that of the partitions whatever ran where and when; and no
 * process holds more than the chunks it is folding.
 */
final class ChunkMerge {
  /** What a chunk should take: small beside a heap, large beside the cost of a record. */
  static final int CHUNK_BYTES = 8 << 20;

  /** Up to here a map task writes its parts straight to their files instead of sorting them. */
  private static final int MOST_REDUCERS = 200;

  /** What one job brings to the driver, far below the usual spark.driver.maxResultSize. */
  private static final long JOB_BYTES = 256L << 20;

  private ChunkMerge() {}

  /**
   * The results of chunks 0..chunks-1; null for one without parts.
   *
   * @throws Complaint the one of the first partition that complains
   */
  static List<byte[]> merge(JavaRDD<Tuple2<ChunkKey, byte[]>> parts, int chunks, Fold.Maker folds)
      throws Complaint {
    int reducers = Math.min(chunks, MOST_REDUCERS);
    JavaRDD<Tuple2<Integer, byte[]>> merged =
        sorted(parts, reducers).mapPartitions(sorted -> fold(sorted, folds));
    int perReducer = (chunks + reducers - 1) / reducers;
    int perJob = (int) Math.max(1, JOB_BYTES / CHUNK_BYTES / perReducer);
    byte[][] results = new byte[chunks][];
    for (int from = 0; from < reducers; from += perJob) {
      int[] some = IntStream.range(from, Math.min(reducers, from + perJob)).toArray();
      for (List<Tuple2<Integer, byte[]>> found : merged.collectPartitions(some)) {
        for (Tuple2<Integer, byte[]> chunk : found) {
          if (chunk._1() == ChunkKey.COMPLAINT) {
            throw Complaint.fromBytes(chunk._2());
          }
          results[chunk._1()] = chunk._2();
        }
      }
    }
    return Arrays.asList(results);
  }

  /** Java's streams remember 100 objects unless told otherwise, which here are large. */
  private static JavaRDD<Tuple2<ChunkKey, byte[]>> sorted(
      JavaRDD<Tuple2<ChunkKey, byte[]>> parts, int reducers) {
    SparkConf forgetful = parts.context().getConf().set("spark.serializer.objectStreamReset", "1");
    ClassTag<ChunkKey> keys = ClassTag$.MODULE$.apply(ChunkKey.class);
    ClassTag<byte[]> values = ClassTag$.MODULE$.apply(byte[].class);
    ShuffledRDD<ChunkKey, byte[], byte[]> shuffled =
        new ShuffledRDD<ChunkKey, byte[], byte[]>(
                JavaPairRDD.fromJavaRDD(parts).rdd(), new ByChunk(reducers), keys, values, values)
            .setKeyOrdering(Ordering$.MODULE$.comparatorToOrdering(ChunkKey.ORDER))
            .setSerializer(new JavaSerializer(forgetful));
    return JavaPairRDD.fromRDD(shuffled, keys, values).map(pair -> pair);
  }

  private static Iterator<Tuple2<Integer, byte[]>> fold(
      Iterator<Tuple2<ChunkKey, byte[]>> sorted, Fold.Maker folds) {
    List<Tuple2<Integer, byte[]>> results = new ArrayList<>();
    int chunk = Integer.MIN_VALUE;
    Fold fold = null;
    while (sorted.hasNext()) {
      Tuple2<ChunkKey, byte[]> part = sorted.next();
      if (part._1().chunk() != chunk) {
        if (fold != null) {
          results.add(new Tuple2<>(chunk, fold.result()));
        }
        chunk = part._1().chunk();
        fold = chunk == ChunkKey.COMPLAINT ? new First() : folds.of(chunk);
      }
      fold.add(part._2());
    }
    if (fold != null) {
      results.add(new Tuple2<>(chunk, fold.result()));
    }
    return results.isEmpty() ? Collections.emptyIterator() : results.iterator();
  }

  /** All complaints go to the first reducer, so that the first job knows. */
  private static final class ByChunk extends Partitioner implements Serializable {
    private static final long serialVersionUID = 1L;
    private final int reducers;

    ByChunk(int reducers) {
      this.reducers = reducers;
    }

    @Override
    public int numPartitions() {
      return reducers;
    }

    @Override
    public int getPartition(Object key) {
      return Math.max(0, ((ChunkKey) key).chunk()) % reducers;
    }
  }

  private static final class First implements Fold {
    private byte[] first;

    @Override
    public void add(byte[] part) {
      first = first == null ? part : first;
    }

    @Override
    public byte[] result() {
      return first;
    }
  }
}
