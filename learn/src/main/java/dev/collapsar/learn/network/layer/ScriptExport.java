package dev.collapsar.learn.network.layer;

import dev.collapsar.learn.network.ScriptOutput;
import dev.collapsar.learn.tensor.TensorScope;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;

/**
 * Writes networks of our own layers as TorchScript, which PyTorch and whatever loads its files run
 * without us: a module a layer under the same names, each with its function as source, in
 * evaluation mode. The tensors are those in effect: active adapters are merged.
 */
public final class ScriptExport {
  private final CompilationUnit code = new CompilationUnit();
  private final Map<String, Integer> numbers = new HashMap<>();

  private ScriptExport() {}

  /**
   * Writes the network with its card inside.
   *
   * @throws IllegalArgumentException if one of its layers has no form in TorchScript
   */
  public static void write(LayerNetwork network, Path file) {
    TensorScope.runWithoutGradients(
        () -> {
          JitModule module = new ScriptExport().module(network.root());
          ScriptOutput.write(module, network.card(), file);
        });
  }

  private JitModule module(Layer layer) {
    int number = numbers.merge(layer.kind(), 1, Integer::sum);
    String name = "__torch__.collapsar.%s%s".formatted(layer.kind(), number);
    JitModule module = new JitModule(new QualifiedName(name), code, false);
    layer
        .module("")
        .parameters()
        .forEach((n, w) -> module.register_parameter(n, w.effective().detach(), false));
    layer.module("").buffers().forEach((n, w) -> module.register_buffer(n, w.effective().detach()));
    layer.children().forEach((n, child) -> module.register_module(n, module(child)));
    module.define(
        "def forward(self, x: Tensor) -> Tensor:\n    %s\n    return x\n"
            .formatted(String.join("\n    ", layer.script())));
    return module;
  }
}
