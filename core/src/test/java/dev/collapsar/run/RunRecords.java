package dev.collapsar.run;

import dev.collapsar.metric.Measurement;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/** Records as the domain-shift recipe leaves them, with numbers like the measured ones. */
public final class RunRecords {
  private static final int EPOCHS = 5;
  private static final Instant STARTED = Instant.parse("2026-11-20T09:30:00Z");

  private RunRecords() {}

  /** base, full, head and LoRA of rank 8. */
  public static RunRecord domainShift() {
    return domainShift(42, List.of(8));
  }

  /** base, full, head and a LoRA variant a rank. */
  public static RunRecord domainShift(long seed, List<Integer> ranks) {
    Builder builder = new Builder(seed, "");
    builder.variant("base", "pretrain", 421_642, 421_642, new Course(.967, .930, .12, .3));
    builder.variant("full", "adapt", 421_642, 421_642, new Course(.982, .967, .071, .88));
    builder.variant("head", "adapt", 421_642, 1_290, new Course(.981, .955, .026, .97));
    for (int rank : ranks) {
      builder.variant(
          "lora-r" + rank,
          "adapt",
          421_642 + 3402L * rank,
          3402L * rank,
          new Course(.983, .9555 + .0012 * Math.log(rank), .047, .95 - .01 * rank));
    }
    return builder.record(ranks);
  }

  /** Every free text ends in {@code text}: names, labels, reasons, notes, settings. */
  public static RunRecord withText(String text) {
    Builder builder = new Builder(42, text);
    builder.variant("base", "pretrain", 421_642, 421_642, new Course(.967, .930, .12, .3));
    builder.variant("full", "adapt", 421_642, 421_642, new Course(.982, .967, .071, .88));
    builder.exhibits = DigitNineRecords.exhibits(text);
    return with(builder.record(List.of(8)), RunRecord.Status.COMPLETE, "title" + text);
  }

  /** The same record with another status and title. */
  public static RunRecord with(RunRecord r, RunRecord.Status status, String title) {
    return with(r, status, title, r.measurements(), r.exhibits());
  }

  /** The same record with other measurements. */
  public static RunRecord with(RunRecord r, List<RunRecord.Row> measurements) {
    return with(r, r.status(), r.title(), measurements, r.exhibits());
  }

  /** The same record with other exhibits. */
  public static RunRecord showing(RunRecord r, List<ReportItem> exhibits) {
    return with(r, r.status(), r.title(), r.measurements(), exhibits);
  }

  private static RunRecord with(
      RunRecord r,
      RunRecord.Status status,
      String title,
      List<RunRecord.Row> measurements,
      List<ReportItem> exhibits) {
    return RecordDraft.of(r)
        .title(title)
        .status(status)
        .measurements(measurements)
        .exhibits(exhibits)
        .metrics(FormatOne.infos(measurements))
        .record();
  }

  /** Where a variant's curves end, how long its epochs take, and how its NC1 moves. */
  private record Course(double clean, double shifted, double secondsPerStep, double collapse) {}

  private static final class Builder {
    private final SplittableRandom random;
    private final long seed;
    private final String text;
    private final List<RunRecord.Variant> variants = new ArrayList<>();
    private final List<RunRecord.Epoch> epochs = new ArrayList<>();
    private final List<RunRecord.Row> rows = new ArrayList<>();
    private final List<RunRecord.Classification> classifications = new ArrayList<>();

    private List<ReportItem> exhibits = List.of();

    Builder(long seed, String text) {
      this.seed = seed;
      this.text = text;
      this.random = new SplittableRandom(seed);
    }

    void variant(
        String plainName, String plainStage, long parameters, long trainable, Course course) {
      String name = plainName + text;
      String stage = plainStage + text;
      boolean base = plainStage.equals("pretrain");
      String adapter = name.startsWith("lora") ? "adapters/" + name : null;
      List<String> tensors =
          adapter == null
              ? List.of("classifier.3.weight", "classifier.3.bias")
              : List.of("classifier.1.A", "classifier.1.B", "classifier.3.A", "classifier.3.B");
      variants.add(new RunRecord.Variant(name, stage, parameters, trainable, tensors, adapter));
      for (int epoch = 0; epoch <= EPOCHS; epoch++) {
        double left = Math.exp(-epoch * (base ? 1.1 : .8)); // what is still to learn, of 1
        Map<String, Double> values = new LinkedHashMap<>();
        double fromTest = base ? .09 : .981;
        double fromShifted = base ? .10 : .930;
        double train = base ? .987 : course.shifted + .004;
        values.put("loss_train", base ? .043 + 2.26 * left : .13 + .11 * left);
        values.put("accuracy_train", mix(train, base ? .1 : .93, left) + noise());
        values.put("accuracy_test", mix(course.clean, fromTest, left) + noise());
        values.put("accuracy_shifted", mix(course.shifted, fromShifted, left) + noise());
        double scatter = base ? Math.exp(-.9 + 3.5 * left) : mix(course.collapse, 1, left);
        values.put("nc1_pinv", base ? scatter : .62 * scatter);
        values.put("nc1_quot", base ? 1.1 * scatter : .66 * scatter);
        values.put("nc1_cdnv", base ? .55 * scatter : .33 * scatter);
        values.put("nc2_etf_err", mix(base ? .675 : .69 - .1 * (1 - course.collapse), .86, left));
        values.put("nc2_norm_cov_means", mix(.116, base ? .31 : .13, left));
        values.put("nc2_coherence_means", mix(.227, base ? .52 : .24, left));
        values.put("nc3_dual_err", mix(.587, base ? 1.41 : .61, left));
        values.put("nc3_frobenius", mix(.652, base ? 1.98 : .67, left));
        values.put("nc4_agree", mix(.975, base ? .31 : .95, left));
        for (Map.Entry<String, Double> value : values.entrySet()) {
          boolean loss = value.getKey().startsWith("loss");
          boolean accuracy = value.getKey().startsWith("accuracy");
          rows.add(
              RunRecord.Row.of(
                  name,
                  stage,
                  epoch,
                  loss || accuracy ? "" : "features",
                  base && epoch == 0 && value.getKey().equals("nc1_cdnv")
                      ? Measurement.undefined(
                          "nc1_cdnv", "the means of classes 3 and 5 coincide" + text)
                      : Measurement.of(value.getKey(), value.getValue())));
        }
        if (epoch > 0) {
          double steps = base ? 157 : 16;
          epochs.add(
              new RunRecord.Epoch(
                  name,
                  stage,
                  epoch,
                  steps * course.secondsPerStep * (1 + 8 * Math.abs(noise())),
                  base ? 2.4 : 1.1));
        }
      }
      for (String on : base ? List.of("clean test") : List.of("clean test", "shifted test")) {
        double level = on.startsWith("clean") ? course.clean : course.shifted;
        classifications.add(classification(name, on + text, level));
      }
    }

    private RunRecord.Classification classification(String variant, String on, double level) {
      List<RunRecord.ClassScore> classes = new ArrayList<>();
      double sum = 0;
      for (int k = 0; k < 10; k++) {
        double precision = Math.min(1, level + 8 * noise());
        double recall = Math.min(1, level + 8 * noise() - (k == 9 ? .03 : 0));
        double f1 = 2 * precision * recall / (precision + recall);
        sum += f1;
        classes.add(new RunRecord.ClassScore(k + text, precision, recall, f1, 460 + 9 * k));
      }
      RunRecord.ClassScore average =
          new RunRecord.ClassScore("macro avg", level, level, sum / 10, 5000);
      List<List<Long>> confusion = new ArrayList<>();
      for (int k = 0; k < 10; k++) {
        long right = Math.round((460 + 9 * k) * level);
        List<Long> row = new ArrayList<>(Collections.nCopies(10, 0L));
        row.set(k, right);
        row.set((k + 3) % 10, 460 + 9 * k - right);
        confusion.add(row);
      }
      return new RunRecord.Classification(variant, on, classes, level, average, average, confusion);
    }

    private double noise() {
      return (random.nextDouble() - .5) * .004;
    }

    private static double mix(double end, double start, double left) {
      return end + (start - end) * left;
    }

    RunRecord record(List<Integer> ranks) {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("base.train-samples", 20_000);
      settings.put("base.epochs", EPOCHS);
      settings.put("base.learning-rate", 1e-3);
      settings.put("target.train-samples", 2_000);
      settings.put("target.epochs", EPOCHS);
      settings.put("target.rotation", 25.0);
      settings.put("target.noise", .15);
      settings.put("lora.rank", ranks);
      settings.put("lora.alpha", 16.0);
      settings.put("batch", 128);
      settings.put("note" + text, "as said" + text);
      return RecordDraft.begun(
              "domain-shift",
              "Full, head-only and LoRA fine-tuning under a domain shift",
              new RunRecord.Environment(
                  "0.1.0 (1234abc)",
                  "Debian 17.0.17+10",
                  "Linux 6.1.0 amd64",
                  "AMD EPYC 7B13, 2 processors",
                  2,
                  "cpu",
                  Map.of("LibTorch" + text, "2.10.0" + text)),
              STARTED)
          .status(RunRecord.Status.COMPLETE)
          .finished(STARTED.plusSeconds(83))
          .settings(settings)
          .seed(seed)
          .data(
              List.of(
                  new RunRecord.DataSet(
                      "base-train",
                      "mnist" + text,
                      20_000,
                      List.of(1, 28, 28),
                      Map.of(
                          "train-images-idx3-ubyte.gz",
                          "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609")),
                  new RunRecord.DataSet(
                      "test",
                      "mnist" + text,
                      5_000,
                      List.of(1, 28, 28),
                      Map.of(
                          "t10k-images-idx3-ubyte.gz",
                          "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"))))
          .variants(variants)
          .epochs(epochs)
          .measurements(rows)
          .classifications(classifications)
          .samples(samples())
          .exhibits(exhibits)
          .notes(List.of("Collapse metrics use the effective weights W + scale B A." + text))
          .metrics(FormatOne.infos(rows))
          .record();
    }

    private List<RunRecord.Sample> samples() {
      List<RunRecord.Sample> samples = new ArrayList<>();
      for (String row : List.of("base", "shifted")) {
        for (int i = 0; i < 8; i++) {
          samples.add(new RunRecord.Sample(row + text, i + text, png(i, row.equals("base"))));
        }
      }
      return samples;
    }

    /** A ring broken at an angle, in place of a digit; noisy if shifted. */
    private byte[] png(int turn, boolean clean) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int y = 0; y < 28; y++) {
        for (int x = 0; x < 28; x++) {
          double angle = Math.atan2(y - 13.5, x - 13.5) + turn * .8 + (clean ? 0 : .3);
          double off = Math.abs(Math.hypot(y - 13.5, x - 13.5) - 8);
          double ink = Math.cos(angle) > .8 ? 0 : Math.max(0, 1.3 - off / 1.8);
          double noisy = clean ? ink : ink + .4 * (random.nextDouble() - .4);
          image.getRaster().setSample(x, y, 0, (int) (255 * Math.max(0, Math.min(1, noisy))));
        }
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        ImageIO.write(image, "png", out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.toByteArray();
    }
  }
}
