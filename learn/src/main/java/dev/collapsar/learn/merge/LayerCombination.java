package dev.collapsar.learn.merge;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.LoraFactors;
import dev.collapsar.learn.merge.CombinationMode.Cat;
import dev.collapsar.learn.merge.CombinationMode.Dare;
import dev.collapsar.learn.merge.CombinationMode.Linear;
import dev.collapsar.learn.merge.CombinationMode.MagnitudePrune;
import dev.collapsar.learn.merge.CombinationMode.SignElection;
import dev.collapsar.learn.merge.CombinationMode.Svd;
import dev.collapsar.learn.merge.CombinationMode.Ties;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The arithmetic of {@link CombinationMode} in one layer, on tensors that belong to the caller's
 * scope.
 */
final class LayerCombination {
  /** One adapter's part: its update is {@code weight * scale * B A}. */
  record Term(String adapter, double weight, double scale, LoraFactors factors) {
    /** What multiplies B A in a result of this scale; the weight alone if that is the own one. */
    double strength(double resultScale) {
      return scale == resultScale ? weight : weight * (scale / resultScale);
    }
  }

  /** Factors in double precision, and the update (g,m/g,n) that the mode promises of them. */
  record Result(Factors factors, Tensor promised) {}

  private final String layer;
  private final List<Term> terms;
  private final double scale;

  /**
   * @param terms in an order that does not depend on how the adapters were listed
   * @param scale of the result
   */
  LayerCombination(String layer, List<Term> terms, double scale) {
    this.layer = layer;
    this.terms = terms;
    this.scale = scale;
  }

  Result combine(CombinationMode mode) {
    if (mode instanceof Cat) {
      return new Result(sideBySide(scale), sum(this::update));
    }
    if (mode instanceof Svd svd) {
      Factors best = sideBySide(1).truncated(rankPerGroup(svd.rank()));
      return new Result(best.scaled(1 / scale), sum(this::update));
    }
    if (mode instanceof Linear) {
      return new Result(averaged(), sum(this::update));
    }
    if (mode instanceof MagnitudePrune prune) {
      return nearest(
          sum(term -> times(pruned(term, prune.density()), term.weight())), prune.rank());
    }
    if (mode instanceof Dare dare) {
      return nearest(
          sum(term -> times(dropped(term, dare.density(), dare.seed()), term.weight())),
          dare.rank());
    }
    Ties ties = (Ties) mode;
    return nearest(elected(ties), ties.rank());
  }

  private Result nearest(Tensor promised, OptionalInt rank) {
    Factors best = Factors.nearest(promised, rankPerGroup(rank));
    return new Result(best.scaled(1 / scale), promised);
  }

  /** scale_i * B_i A_i: what the adapter alone adds. */
  private static Tensor delta(Term term) {
    return times(Factors.of(term.factors()).product(), term.scale());
  }

  private Tensor update(Term term) {
    return times(delta(term), term.weight());
  }

  private Tensor sum(Function<Term, Tensor> summand) {
    Tensor sum = TensorScope.result(() -> summand.apply(terms.get(0)).clone());
    for (Term term : terms.subList(1, terms.size())) {
      TensorScope.run(() -> sum.add_(summand.apply(term)));
    }
    return sum;
  }

  /** Factors of the sum of all updates divided by {@code divisor}: [A_1; A_2; ...], [B_1, ...]. */
  private Factors sideBySide(double divisor) {
    TensorVector as = new TensorVector();
    TensorVector bs = new TensorVector();
    for (Term term : terms) {
      Factors factors = Factors.of(term.factors());
      as.push_back(factors.a());
      bs.push_back(factors.scaled(term.strength(divisor)).b());
    }
    return new Factors(cat(as, 1), cat(bs, 2));
  }

  private Factors averaged() {
    if (terms.stream().mapToInt(term -> term.factors().rank()).distinct().count() > 1) {
      throw new InvalidInputException(
          "linear needs adapters of equal rank, in %s they have %s; use cat or svd"
              .formatted(layer, terms.stream().map(term -> term.factors().rank()).toList()));
    }
    Tensor a =
        sum(
            term -> {
              double s = term.strength(scale);
              return times(Factors.of(term.factors()).a(), Math.signum(s) * Math.sqrt(Math.abs(s)));
            });
    Tensor b =
        sum(
            term ->
                times(Factors.of(term.factors()).b(), Math.sqrt(Math.abs(term.strength(scale)))));
    return new Factors(a, b);
  }

  private static Tensor pruned(Term term, double density) {
    Tensor delta = delta(term);
    Tensor flat = delta.flatten();
    Tensor kept = zeros_like(flat);
    Tensor largest = flat.abs().topk((long) (density * flat.numel())).get1();
    kept.scatter_(0, largest, TensorBridge.scalar(1));
    return delta.mul(kept.view_as(delta));
  }

  private Tensor dropped(Term term, double density, Seed seed) {
    Tensor delta = delta(term);
    SplittableRandom random = seed.random("dare/" + term.adapter() + "/" + layer);
    double[] kept = new double[Math.toIntExact(delta.numel())];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = random.nextDouble() < density ? 1 / density : 0;
    }
    return delta.mul(TensorBridge.doubles(kept, kept.length).view_as(delta));
  }

  private Tensor elected(Ties ties) {
    List<Tensor> pruned = terms.stream().map(term -> pruned(term, ties.density())).toList();
    Tensor votes = zeros_like(pruned.get(0));
    for (Tensor delta : pruned) {
      votes.add_(ties.election() == SignElection.TOTAL ? delta : delta.sign());
    }
    // A vote that is a draw counts as positive, as in PEFT.
    Tensor majority =
        times(votes.ge(TensorBridge.scalar(0)).to(ScalarType.Double), 2)
            .sub(TensorBridge.scalar(1));
    Tensor sum = zeros_like(votes);
    Tensor agreeing = zeros_like(votes);
    for (int i = 0; i < pruned.size(); i++) {
      Tensor agrees = pruned.get(i).sign().eq(majority).to(ScalarType.Double);
      sum.add_(times(pruned.get(i).mul(agrees), terms.get(i).weight()));
      agreeing.add_(agrees);
    }
    return sum.div(agreeing.clamp_min(TensorBridge.scalar(1)));
  }

  private long rankPerGroup(OptionalInt rank) {
    int groups = terms.get(0).factors().groups();
    int wanted =
        rank.orElseGet(
            () -> terms.stream().mapToInt(term -> term.factors().rank()).max().getAsInt());
    if (wanted % groups != 0) {
      throw new InvalidInputException(
          "rank %s must be a multiple of the %s groups of %s".formatted(wanted, groups, layer));
    }
    return wanted / groups;
  }

  private static Tensor times(Tensor tensor, double factor) {
    return tensor.mul(TensorBridge.scalar(factor));
  }
}
