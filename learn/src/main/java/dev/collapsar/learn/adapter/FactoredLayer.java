package dev.collapsar.learn.adapter;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.linear;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * The form of factors A and B for a layer of each kind. Every weight is also a matrix
 * (out,columns), one row for each output, and the update is B A in that form: a convolution's
 * columns are the elements of a filter, an embedding's the indices.
 *
 * @param description of the site in numbers
 */
record FactoredLayer(AdaptableLayer description, WeightSite site) {
  private static final long[] ONE = {1, 1};
  private static final long[] NONE = {0, 0};

  /** The places of a network where adapters can attach, by the names that adapters use. */
  static Map<String, FactoredLayer> of(Network network) {
    Map<String, FactoredLayer> layers = new LinkedHashMap<>();
    network.weights().sites().values().forEach(site -> layers.put(site.module(), of(site)));
    return layers;
  }

  private static FactoredLayer of(WeightSite site) {
    return new FactoredLayer(
        new AdaptableLayer(site.module(), site.kind(), site.shape(), site.groups()), site);
  }

  String path() {
    return description.name();
  }

  Kind kind() {
    return description.kind();
  }

  /** Rows of the matrix form. */
  long outputs() {
    return kind() == Kind.EMBEDDING ? size(1) : size(0);
  }

  /** Columns of A's matrix form, which sees all input channels even of a grouped convolution. */
  long columns() {
    return switch (kind()) {
      case LINEAR -> size(1);
      case CONV2D -> size(1) * description.groups() * size(2) * size(3);
      case EMBEDDING -> size(0);
    };
  }

  /** (r,in), (r,in,k,k) or (r,num). */
  long[] shapeOfA(long rank) {
    return kind() == Kind.CONV2D
        ? new long[] {rank, size(1) * description.groups(), size(2), size(3)}
        : new long[] {rank, columns()};
  }

  /** (out,r), (out,r/groups,1,1) or (dim,r). */
  long[] shapeOfB(long rank) {
    return kind() == Kind.CONV2D
        ? new long[] {size(0), rank / description.groups(), 1, 1}
        : new long[] {outputs(), rank};
  }

  /** The weight's matrix form (out,columns), sharing its memory. */
  Tensor matrix(Tensor weight) {
    return kind() == Kind.EMBEDDING ? weight.t() : weight.flatten(1, -1);
  }

  /** B A in the weight's own shape. */
  Tensor product(Tensor a, Tensor b) {
    if (description.groups() > 1) {
      throw new InvalidInputException(
          "%s: the update of a convolution in %s groups is no weight of such a convolution"
              .formatted(path(), description.groups()));
    }
    Tensor product = b.flatten(1, -1).mm(a.flatten(1, -1)); // (out,columns)
    return kind() == Kind.EMBEDDING
        ? product.t()
        : product.reshape(site.weight().original().shape());
  }

  /** scale * B A applied to the input: two thin maps, no matrix of the weight's size. */
  Tensor throughFactors(Tensor input, Tensor a, Tensor b, double scale) {
    Tensor thin = kind() == Kind.EMBEDDING ? a.t() : a;
    Tensor hidden = site.map().map(input, thin); // (n,r), (n,r,h',w') or (n,...,r)
    Tensor scaled = scale == 1 ? hidden : hidden.mul(TensorBridge.scalar(scale));
    return kind() == Kind.CONV2D
        ? conv2d(
            scaled, b, new TensorOptional(), ONE, NONE, ONE, description.groups()) // (n,out,h',w')
        : linear(scaled, b); // (n,...,out)
  }

  /** A number for each output, shaped to multiply the weight's rows (an embedding's columns). */
  Tensor perRow(Tensor numbers) {
    return switch (kind()) {
      case LINEAR -> numbers.view(-1, 1);
      case CONV2D -> numbers.view(-1, 1, 1, 1);
      case EMBEDDING -> numbers;
    };
  }

  /** A number for each output, shaped to multiply the layer's output. */
  Tensor perOutput(Tensor numbers) {
    return kind() == Kind.CONV2D ? numbers.view(-1, 1, 1) : numbers;
  }

  private long size(int dimension) {
    return description.shape().get(dimension);
  }
}
