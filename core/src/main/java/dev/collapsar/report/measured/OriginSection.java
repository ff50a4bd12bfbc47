package dev.collapsar.report.measured;

import dev.collapsar.report.Html;
import java.util.List;
import java.util.Map;

/** Where the numbers come from: files, hashes, options. */
final class OriginSection {
  private final Map<String, Object> origin;

  OriginSection(Map<String, Object> origin) {
    this.origin = origin;
  }

  void write(Html html) {
    html.open("section").element("h2", "Where the numbers come from").open("dl.origin");
    origin.forEach(
        (name, value) -> {
          List<?> each = value instanceof List<?> list ? list : List.of(value);
          if (each.isEmpty()) {
            return;
          }
          html.element("dt", name);
          each.forEach(one -> one(html, one));
        });
    html.close("dl").close("section");
  }

  private static void one(Html html, Object value) {
    html.open("dd");
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, of) ->
              html.open("span").text(key + " ").element("code", String.valueOf(of)).close("span"));
    } else {
      html.text(String.valueOf(value));
    }
    html.close("dd");
  }
}
