package dev.collapsar.learn.network.script;

import dev.collapsar.learn.network.script.GraphText.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The behaviour of a file's code that is the same whatever its mode is, because it was traced in
 * one of them. Scripted code asks for its mode and has nothing of this.
 */
record TracedModes(GraphText whole) {
  /** Parts that normalise by each batch and move their statistics, whatever their mode. */
  Set<String> alwaysMoving() {
    Set<String> moving = new HashSet<>();
    for (Node node : whole.all()) {
      if (node.is("aten::batch_norm") && whole.number(node.inputs().get(5)) == 1) {
        String mean = whole.paths().get(node.inputs().get(3));
        if (mean != null) {
          moving.add(SlotNames.module(mean));
        }
      }
    }
    return moving;
  }

  private boolean normalises(int training) {
    return whole.all().stream()
        .anyMatch(
            node -> node.is("aten::batch_norm") && whole.number(node.inputs().get(5)) == training);
  }

  private Stream<RandomOperation> random(Collection<Node> nodes) {
    return random(whole, nodes);
  }

  private static Stream<RandomOperation> random(GraphText text, Collection<Node> nodes) {
    return nodes.stream().flatMap(node -> RandomOperation.of(text, node).stream());
  }

  /** What stays as it was when the file was traced, whatever is trained; a sentence each. */
  List<String> fixed() {
    List<String> sentences = new ArrayList<>();
    if (normalises(0)) {
      sentences.add(
          "Its batch normalisations were traced in evaluation mode: they keep their running"
              + " statistics, also where all of it is trained.");
    }
    if (random(whole.all()).anyMatch(RandomOperation::isDropoutInEvaluation)) {
      sentences.add(
          "Its dropouts were traced in evaluation mode: they drop nothing, also where it is"
              + " trained.");
    }
    return sentences;
  }

  /** What its code does of itself also where it is only evaluated; a sentence each. */
  List<String> unsteady() {
    List<String> sentences = new ArrayList<>();
    if (normalises(1)) {
      sentences.add(
          "Its batch normalisations were traced in training mode: they use the statistics of each"
              + " batch, so that what it computes of a sample depends on the others"
              + " (model.eval() before torch.jit.trace).");
    }
    if (random(whole.all()).anyMatch(RandomOperation::isInTraining)) {
      sentences.add(
          "Its dropouts were traced in training mode: they drop at random, also where it is only"
              + " evaluated, here in each pass the same (model.eval() before torch.jit.trace).");
    }
    // In blocks the code itself may ask for its mode.
    if (random(whole.nodes()).anyMatch(RandomOperation::drawsAlways)) {
      sentences.add(
          "It draws at random whatever its mode is: what it computes of a sample is one draw of"
              + " many, here the same one each time.");
    }
    return sentences;
  }

  /** Whether any of it draws at random, in one mode at least. */
  boolean draw() {
    return draws(whole, whole.nodes());
  }

  /** Whether any of these draws at random, in one mode at least. */
  static boolean draws(GraphText text, List<Node> nodes) {
    return random(text, nodes.stream().flatMap(node -> node.all().stream()).toList())
        .anyMatch(RandomOperation::draws);
  }
}
