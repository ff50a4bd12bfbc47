"use strict";
(() => {
  const { data, plots, draw, pictureOf, spansDecades, isLog } = window.collapsar;

  function make(name, text, attributes = {}) {
    const element = document.createElement(name);
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  /* Saving. */

  function save(name, blob) {
    const link = make("a", "", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  const nameOf = (plot) => plot.chart.id + (plot.view ? "-" + plot.view : "");
  const sizeOf = (plot) => [Math.max(560, plot.element.clientWidth), Math.max(360, plot.element.clientHeight)];
  const svgOf = (plot) => pictureOf(plot, ...sizeOf(plot));

  /* Three pixels a point: fine enough for print. */
  function png(plot) {
    const image = new Image();
    const blob = new Blob([svgOf(plot)], { type: "image/svg+xml" });
    const reader = new FileReader();
    return new Promise((done, fail) => {
      reader.onload = () => image.setAttribute("src", reader.result);
      image.onload = () => {
        const canvas = make("canvas", "");
        canvas.width = 3 * image.width;
        canvas.height = 3 * image.height;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(done, "image/png");
      };
      image.onerror = fail;
      reader.readAsDataURL(blob);
    });
  }

  const quoted = (v) => (/[",\r\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v ?? ""));

  /* Every point and every band of a chart, whatever is shown: one a row, in full precision. */
  function csvOf({ chart }) {
    const label = (line) => data.series[line.series].label;
    const rows = chart.lines.flatMap((line) => line.points.map(([x, y, note]) =>
      [label(line), line.stage, line.name, x, y, "", "", note]));
    rows.push(...chart.bands.flatMap((band) => band.ranges.map(([x, low, high]) =>
      [label(band), band.stage, band.name, x, "", low, high, band.look.toLowerCase()])));
    const head = ["series", "stage", "line", chart.x.name, chart.y.name, "low", "high", "note"];
    return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
  }

  /* A menu for each chart. */

  const lineValues = ({ chart }) => chart.lines.flatMap((line) => line.points.map((p) => p[1])).filter((y) => y !== null);

  function menuOf(figure, own) {
    const menu = make("details", "", { class: "tools" });
    menu.append(make("summary", "⋯", { "aria-label": "What to do with this chart", title: "Save, zoom, scale" }));
    const list = menu.appendChild(make("div", ""));
    const add = (text, act, attributes) => {
      const button = list.appendChild(make("button", text, { type: "button", ...attributes }));
      button.addEventListener("click", () => act(button));
      return button;
    };
    add("Save as SVG", () => own.forEach((plot) => save(nameOf(plot) + ".svg", new Blob([svgOf(plot)], { type: "image/svg+xml" }))), { "data-tool": "svg" });
    add("Save as PNG", () => own.forEach(async (plot) => save(nameOf(plot) + ".png", await png(plot))), { "data-tool": "png" });
    add("Data as CSV", () => save(own[0].chart.id + ".csv", new Blob([csvOf(own[0])], { type: "text/csv" })), { "data-tool": "csv" });
    const scaled = own.filter((plot) => plot.view !== "map");
    if (scaled.length) addScale(add, scaled);
    const drawn = own.filter((plot) => !plot.view && plot.chart.form === "LINES");
    if (drawn.length) {
      addSmoothing(add, drawn);
      addZoom(add, drawn);
    }
    figure.append(menu);
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  function switchOf(add, text, tool, own, get, set) {
    const button = add(text, () => {
      const on = !get(own[0]);
      own.forEach((plot) => {
        set(plot, on);
        draw(plot);
      });
      button.setAttribute("aria-pressed", String(get(own[0])));
    }, { "data-tool": tool, "aria-pressed": String(get(own[0])) });
    return button;
  }

  function addScale(add, own) {
    const button = switchOf(add, "Logarithmic", "log", own, isLog, (plot, on) => (plot.log = on));
    if (!own.every((plot) => spansDecades(lineValues(plot)))) {
      button.disabled = true;
      button.title = "its values reach 0 or lie within a decade, where a logarithmic axis has no ticks";
      button.setAttribute("aria-pressed", "false");
    }
  }

  function addSmoothing(add, own) {
    const button = switchOf(add, "Smoothed", "smooth", own, (plot) => Boolean(plot.smooth), (plot, on) => (plot.smooth = on));
    button.title = "the mean of five neighbouring points; what was measured stays behind it, faint";
    if (!own.some(({ chart }) => chart.lines.some((line) => line.points.length > 4))) {
      button.disabled = true;
      button.title = "needs more than four points";
    }
  }

  function extent({ chart }) {
    const xs = chart.lines.flatMap((line) => line.points.map((p) => p[0]));
    return [Math.min(...xs), Math.max(...xs)];
  }

  function zoom(plot, range) {
    plot.zoom = range;
    plot.element.dataset.zoom = range ? range.join(" ") : "";
    draw(plot);
  }

  function addZoom(add, own) {
    add("Zoom in", () => own.forEach((plot) => {
      const [from, to] = plot.zoom || extent(plot);
      zoom(plot, [from + (to - from) / 4, to - (to - from) / 4]);
    }), { "data-tool": "zoom", title: "or drag across the chart" });
    add("Whole range", () => own.forEach((plot) => zoom(plot, null)), { "data-tool": "whole", title: "or double-click the chart" });
    own.forEach(dragging);
  }

  /* Dragging a mouse across a chart chooses its part. */
  function dragging(plot) {
    const { element } = plot;
    let start = null;
    let brush = null;
    const place = (event) => event.clientX - element.getBoundingClientRect().left;
    element.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.pointerType === "mouse") start = place(event);
    });
    addEventListener("pointermove", (event) => {
      if (start === null || Math.abs(place(event) - start) < 6) return;
      brush = brush || element.appendChild(make("i", "", { class: "brush" }));
      brush.style.left = Math.min(start, place(event)) + "px";
      brush.style.width = Math.abs(place(event) - start) + "px";
    });
    addEventListener("pointerup", (event) => {
      if (brush) {
        brush.remove();
        const range = [start, place(event)].map((x) => plot.canvas.convertFromPixel({ xAxisIndex: 0 }, x)).sort((a, b) => a - b);
        if (range.every(Number.isFinite) && range[1] > range[0]) zoom(plot, range);
      }
      start = brush = null;
    });
    element.addEventListener("dblclick", () => zoom(plot, null));
  }

  /* A chart with bands of chance of several variants says whose it shows. */
  function bandChoice(figure, own) {
    if (figure.querySelector(".key [data-band]")) return;
    const series = [...new Set(own[0].chart.bands.filter((band) => band.look === "CHANCE").map((band) => band.series))];
    if (series.length < 2) return;
    const label = make("label", "Chance of ", { class: "band" });
    const select = label.appendChild(make("select", ""));
    series.forEach((i) => select.append(make("option", data.series[i].label, { value: i })));
    select.append(make("option", "none", { value: "" }));
    select.addEventListener("change", () => own.forEach((plot) => {
      plot.band = select.value === "" ? null : Number(select.value);
      draw(plot);
    }));
    figure.querySelector("figcaption").append(label);
  }

  for (const figure of new Set(plots.map((plot) => plot.element.closest("figure")).filter(Boolean))) {
    const own = plots.filter((plot) => figure.contains(plot.element));
    menuOf(figure, own);
    bandChoice(figure, own);
  }
  addEventListener("click", (event) => {
    document.querySelectorAll("details.tools[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* Tables: a click on a head sorts, once more the other way, once more as it was. */

  function textOf(cell) {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("small, i").forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function valueOf(cell) {
    const text = textOf(cell).replace(/−/g, "-").replace(/(\d),(?=\d{3})/g, "$1");
    if (/^[-–]?$|^undefined$/.test(text)) return null;
    const number = /^[±+]?(-?[\d.]+(?:e[-+]?\d+)?)/.exec(text);
    return number ? Number(number[1]) : text;
  }

  const collator = new Intl.Collator("en", { numeric: true });

  function compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  }

  function sort(table, heads, column) {
    const before = heads[column].getAttribute("aria-sort");
    const next = { ascending: "descending", descending: null }[before] ?? (before ? null : "ascending");
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    if (next) heads[column].setAttribute("aria-sort", next);
    const rows = table.sorted || (table.sorted = [...table.tBodies[0].rows]);
    const sign = next === "descending" ? -1 : 1;
    const order = !next ? rows : [...rows].sort((a, b) => {
      const [x, y] = [valueOf(a.cells[column]), valueOf(b.cells[column])];
      return x === null || y === null ? compare(x, y) : sign * compare(x, y);
    });
    table.tBodies[0].append(...order);
  }

  async function copy(table, button) {
    const clean = (cell) => textOf(cell).replace(/−/g, "-");
    const text = [...table.rows].map((row) => [...row.cells].map(clean).join("\t")).join("\n") + "\n";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(make("textarea", text));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }

  for (const table of document.querySelectorAll(".scroll > table")) {
    const button = make("button", "Copy", { type: "button", class: "copy" });
    button.addEventListener("click", () => copy(table, button));
    table.parentElement.after(button);
    const heads = table.tHead?.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
    const whole = [...(table.tBodies[0]?.rows ?? [])].every((row) => row.cells.length === heads.length);
    if (!whole || table.tBodies[0].rows.length < 2) continue;
    heads.forEach((head, column) => {
      const sorter = make("button", "", { type: "button", class: "sorter" });
      sorter.append(...head.childNodes);
      if (!sorter.textContent) sorter.setAttribute("aria-label", "sort by name");
      sorter.addEventListener("click", () => sort(table, heads, column));
      head.append(sorter);
    });
  }
})();
