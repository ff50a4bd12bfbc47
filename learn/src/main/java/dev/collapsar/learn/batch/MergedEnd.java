package dev.collapsar.learn.batch;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Batches of which the last, of one sample, is merged with the one before it: batch normalisation
 * has no variance of a single value, and its running one would become no number.
 */
public record MergedEnd(Batches each) implements Batches {
  /** The batches, whose last is merged if it is a single sample and not the only batch. */
  public static Batches of(Batches each) {
    int last = each.batches() - 1;
    return last > 0 && each.size(last) == 1 ? new MergedEnd(each) : each;
  }

  @Override
  public int count() {
    return each.count();
  }

  @Override
  public int batchSize() {
    return each.batchSize();
  }

  @Override
  public int batches() {
    return each.batches() - 1;
  }

  @Override
  public int size(int i) {
    return isEnd(i) ? each.size(i) + 1 : each.size(i);
  }

  @Override
  public List<String> classes() {
    return each.classes();
  }

  @Override
  public Input input(int i) {
    if (!isEnd(i)) {
      return each.input(i);
    }
    Map<String, Tensor> single = each.input(i + 1).named();
    Map<String, Tensor> merged = new LinkedHashMap<>();
    each.input(i)
        .named()
        .forEach(
            (name, many) -> merged.put(name, cat(new TensorVector(many, single.get(name)), 0)));
    return new Input(merged);
  }

  @Override
  public int[] labels(int i) {
    return isEnd(i)
        ? IntStream.concat(IntStream.of(each.labels(i)), IntStream.of(each.labels(i + 1))).toArray()
        : each.labels(i);
  }

  @Override
  public String entry() {
    return each.entry();
  }

  @Override
  public Optional<String> fingerprint() {
    return each.fingerprint();
  }

  private boolean isEnd(int i) {
    return i == batches() - 1;
  }
}
