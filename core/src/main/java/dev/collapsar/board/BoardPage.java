package dev.collapsar.board;

import dev.collapsar.report.Html;
import dev.collapsar.report.Page;
import java.util.List;

/** The page of a board: its controls, and the data that its script makes a table of. */
final class BoardPage {
  private BoardPage() {}

  static String of(String json, String name) {
    Html main = new Html();
    main.open("header");
    Page.kicker(main, List.of("board"));
    main.element("h1", name);
    main.element("p.lead", "", "id", "said", "aria-live", "polite");
    main.close("header");
    controls(main);
    main.open("div.scroll.board");
    main.open("table", "id", "board").raw("<thead></thead><tbody></tbody>").close("table");
    main.element("p.more", "", "id", "more");
    main.close("div");
    main.element("noscript", "The table is made by the page's script, which may not run here.");
    return Page.of(name, main, json, new Page.Looks(BoardPage.class, "board.css", "board.js"));
  }

  private static void controls(Html main) {
    main.open("div.controls");
    main.open("label").text("Filter ");
    main.open(
            "input",
            "id",
            "filter",
            "type",
            "search",
            "placeholder",
            "words, or lora.rank>=8 accuracy_test>.9",
            "autocomplete",
            "off")
        .close("label");
    select(main, "Variants ", "variants");
    select(main, "Groups ", "groups");
    main.element("button.chip", "Copy table", "id", "copy", "type", "button");
    main.element("button.chip", "Compare", "id", "compare", "type", "button", "hidden", "");
    main.close("div");
  }

  private static void select(Html main, String label, String id) {
    main.open("label").text(label);
    main.open("select", "id", id).raw("</select>").close("label");
  }
}
