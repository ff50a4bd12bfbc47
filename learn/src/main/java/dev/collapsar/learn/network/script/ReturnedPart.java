package dev.collapsar.learn.network.script;

import dev.collapsar.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GenericDict;
import org.bytedeco.pytorch.GenericDictIterator;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;

/**
 * Which tensor of what a network returns is meant.
 *
 * @param name of a tuple's element its number, of a dictionary's its key; if absent the first of a
 *     tuple, the only one of a dictionary
 */
record ReturnedPart(Optional<String> name) {

  /**
   * The tensor, in the caller's scope.
   *
   * @throws InvalidInputException if there is no such part, listing those that there are
   */
  Tensor of(IValue returned, String origin) {
    if (returned.isTensor()) {
      return new Tensor(returned.toTensor());
    }
    IValue part =
        returned.isTuple()
            ? element(returned.toTuple().elements().vec(), origin)
            : returned.isGenericDict() ? entry(returned.toGenericDict(), origin) : null;
    if (part == null || !part.isTensor()) {
      throw new InvalidInputException(
          origin + ": returns no tensor there; name another part by network.output=NAME");
    }
    return new Tensor(part.toTensor());
  }

  private IValue element(IValueVector elements, String origin) {
    String number = name.orElse("0");
    if (!number.matches("\\d{1,6}") || Integer.parseInt(number) >= elements.size()) {
      throw new InvalidInputException(
          "%s: network.output=%s: it returns a tuple; allowed are 0 to %s"
              .formatted(origin, number, elements.size() - 1));
    }
    return elements.get(Integer.parseInt(number));
  }

  private IValue entry(GenericDict entries, String origin) {
    List<String> keys = new ArrayList<>();
    IValue found = null;
    GenericDictIterator at = entries.begin();
    for (GenericDictIterator end = entries.end(); at.notEquals(end); at.increment()) {
      String key = at.access().key().isString() ? text(at.access().key()) : "?";
      keys.add(key);
      if (name.map(key::equals).orElse(entries.size() == 1)) {
        found = new IValue(at.access().value());
      }
    }
    if (found == null) {
      throw new InvalidInputException(
          "%s: network.output=%s: it returns a dictionary of %s; name one of them"
              .formatted(origin, name.orElse(""), String.join(", ", keys)));
    }
    return found;
  }

  private static String text(IValue key) {
    return key.toConstantString().string().getString();
  }
}
