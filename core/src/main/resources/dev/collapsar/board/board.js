"use strict";
(() => {
  let state = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const STEP = 200;
  const WAIT = 2000;
  const words = { BROKEN_OFF: "broken off" };
  const chosen = new Set();
  let sort = { key: "", down: false };
  let limit = STEP;
  let tag = "";

  /* Elements. Text is never markup. */
  function make(name, text, attributes = {}) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null) element.setAttribute(key, value);
    }
    return element;
  }

  const said = (v, axis) =>
    v === null || v === undefined ? ""
    : axis === "SHARE" ? (100 * v).toFixed(1) + "%"
    : v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3) ? v.toExponential(2)
    : String(Number(v.toPrecision(3)));

  const statusOf = (run) => words[run.status] || run.status.toLowerCase();

  const when = (run) => {
    if (!run.started) return "";
    const t = new Date(run.started);
    const two = (n) => String(n).padStart(2, "0");
    return t.getFullYear() + "-" + two(t.getMonth() + 1) + "-" + two(t.getDate())
      + " " + two(t.getHours()) + ":" + two(t.getMinutes());
  };

  const long = (s) =>
    s === null ? "" : s < 120 ? s.toFixed(s < 10 ? 1 : 0) + " s"
    : s < 7200 ? Math.round(s / 60) + " min" : (s / 3600).toFixed(1) + " h";

  /* A row a variant of a run; one of a run that has none to show. */
  function rowsOf(run) {
    const of = at("variants").value;
    const variants = run.variants.filter((v) => of === "*" || (of === "" ? v.last : v.name === of));
    if (variants.length) return variants.map((variant) => ({ run, variant }));
    return of === "" || of === "*" || run.problem ? [{ run, variant: null }] : [];
  }

  /* More settings than these would push the numbers out of sight: then they come behind. */
  const FEW = 4;

  function columns() {
    const settings = state.settings.map((key) => ({ key, title: key, setting: true }));
    const numbers = [
      { key: "epoch", title: "Epoch", number: true },
      ...state.metrics.map((metric) => ({ key: metric.id, title: metric.title, metric, number: true })),
    ];
    return [
      { key: "run", title: "Run" },
      ...(some((r) => r.recipe) > 1 ? [{ key: "recipe", title: "Recipe" }] : []),
      { key: "variant", title: "Variant" },
      ...(settings.length > FEW ? [...numbers, ...settings] : [...settings, ...numbers]),
      { key: "started", title: "Started" },
      { key: "seconds", title: "Took", number: true },
    ];
  }

  const some = (of) => new Set(state.runs.map(of).filter(Boolean)).size;

  /* What a row has in a column, to sort and filter by. */
  function get(row, key) {
    const { run, variant } = row;
    if (key === "run") return run.name;
    if (key === "recipe") return run.recipe;
    if (key === "study") return run.study;
    if (key === "status") return statusOf(run);
    if (key === "started") return run.started;
    if (key === "seconds") return run.seconds;
    if (key === "variant") return variant ? variant.name : "";
    if (key === "epoch") return variant ? variant.epoch : null;
    if (state.metrics.some((m) => m.id === key)) return variant?.numbers[key]?.value ?? null;
    return run.settings[key] ?? "";
  }

  const known = (key) =>
    ["run", "recipe", "study", "status", "started", "seconds", "variant", "epoch"].includes(key)
    || state.settings.includes(key) || state.metrics.some((m) => m.id === key);

  const collator = new Intl.Collator("en", { numeric: true });
  const isNumber = (v) => v !== "" && v !== null && Number.isFinite(Number(v));

  function compare(a, b) {
    return isNumber(a) && isNumber(b) ? Number(a) - Number(b) : collator.compare(String(a), String(b));
  }

  function holds(row, key, sign, text) {
    const value = get(row, key);
    const both = isNumber(value) && isNumber(text);
    if (sign === "=") return both ? Number(value) === Number(text) : String(value ?? "") === text;
    if (sign === "!=") return !holds(row, key, "=", text);
    if (value === null || value === "") return false;
    const c = compare(value, text);
    return sign === ">" ? c > 0 : sign === "<" ? c < 0 : sign === ">=" ? c >= 0 : c <= 0;
  }

  function matches(row, term) {
    const parts = /^([^=<>!]+)(>=|<=|!=|=|>|<)(.*)$/.exec(term);
    if (parts && known(parts[1])) return holds(row, parts[1], parts[2], parts[3]);
    const { run, variant } = row;
    const text = [run.name, run.recipe, statusOf(run), run.problem, variant?.name,
      ...Object.entries(run.settings).map(([key, value]) => key + "=" + value)].join("\n");
    return text.toLowerCase().includes(term.toLowerCase());
  }

  function shownRows() {
    const terms = at("filter").value.split(/\s+/).filter(Boolean);
    const rows = state.runs.flatMap(rowsOf).filter((row) => terms.every((term) => matches(row, term)));
    if (sort.key) {
      const empty = (v) => v === null || v === undefined || v === "";
      const sign = sort.down ? -1 : 1;
      rows.sort((a, b) => {
        const [x, y] = [get(a, sort.key), get(b, sort.key)];
        // What is not there comes last either way.
        return empty(x) || empty(y) ? empty(x) - empty(y) : sign * compare(x, y);
      });
    }
    return rows;
  }

  /* Rows under what they share; without groups all under nothing. */
  function groupsOf(rows) {
    const by = at("groups").value;
    if (!by) return [["", rows]];
    const keys = by === "*" ? ["recipe", "variant", ...state.settings.filter((k) => !isSeed(k))] : [by];
    const groups = new Map();
    for (const row of rows) {
      const shown = keys.filter((key) => keys.length === 1 || get(row, key) !== "");
      const name = row.run.problem ? "not read"
        : shown.map((key) => (key === "variant" || key === "recipe" ? "" : key + " ") + (plain(get(row, key)) || "none")).join(", ");
      groups.set(name, (groups.get(name) || []).concat([row]));
    }
    const order = [...groups];
    return by === "*" ? order : order.sort(([a], [b]) => (a === "not read") - (b === "not read") || collator.compare(a, b));
  }

  const isSeed = (key) => key === "seed" || key === "adapt.seed";

  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  /* From its least to its greatest value; how large those are is said on hovering. */
  function curveOf(value, metric, variant) {
    const [width, height] = [64, 18];
    const axis = metric.axis;
    const of = value.curve.filter(([, y]) => axis !== "LOG" || y > 0);
    const box = svg("svg", { width, height, viewBox: "0 0 " + width + " " + height, role: "img" });
    const paint = state.colours[variant.name];
    box.style.setProperty("--light", paint.light);
    box.style.setProperty("--dark", paint.dark);
    if (of.length < 2) return box;
    const scale = (y) => (axis === "LOG" ? Math.log(y) : y);
    const ys = of.map(([, y]) => scale(y));
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const [first, last] = [of[0], of[of.length - 1]];
    const px = ([x]) => 2 + ((width - 5) * (x - first[0])) / (last[0] - first[0] || 1);
    const py = ([, y]) => (high > low ? height - 3 - ((height - 6) * (scale(y) - low)) / (high - low) : height / 2);
    const text = metric.title + " from " + said(first[1], axis) + " at epoch " + first[0]
      + " to " + said(last[1], axis) + " at epoch " + last[0];
    const title = svg("title", {});
    title.textContent = text;
    const d = "M" + of.map((p) => px(p).toFixed(1) + " " + py(p).toFixed(1)).join("L");
    box.setAttribute("aria-label", text);
    box.append(title, svg("path", { d }), svg("circle", { cx: px(last), cy: py(last), r: 2 }));
    return box;
  }

  function valueCell(row, metric) {
    const value = row.variant?.numbers[metric.id];
    const cell = make("td", undefined, { class: "value", "data-key": metric.id });
    if (!value) return cell;
    const box = make("div");
    const number = make("span");
    if (value.value === null) number.append(make("span", "undefined", { class: "undefined", title: value.note }));
    else number.append(make("span", said(value.value, metric.axis), { title: value.note || String(value.value) }));
    if (value.low !== null && value.high !== null) {
      const corrected = value.corrected !== null ? said(value.corrected, metric.axis) + " " : "";
      number.append(make("small", corrected + "[" + said(value.low, metric.axis) + ", " + said(value.high, metric.axis) + "]",
        { title: (corrected ? "less the noise of the samples: " : "") + "95% interval" }));
    }
    box.append(number, curveOf(value, metric, row.variant));
    cell.append(box);
    return cell;
  }

  function nameCell(row) {
    const { run } = row;
    const cell = make("th", undefined, { scope: "row" });
    if (state.live && run.page) {
      const box = make("input", undefined, { type: "checkbox", "aria-label": "compare " + run.name });
      box.checked = chosen.has(run.name);
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(run.name);
        else chosen.delete(run.name);
        draw();
      });
      cell.append(box);
    }
    cell.append(run.page ? make("a", run.name, { href: run.page, class: "name" }) : make("span", run.name, { class: "name" }));
    if (run.status !== "COMPLETE") {
      cell.append(" ", make("span", statusOf(run), { class: "state " + statusOf(run) }));
    }
    cell.title = run.title ? run.name + ": " + run.title : run.name;
    return cell;
  }

  function rowOf(row, shown) {
    const line = make("tr", undefined, { "data-run": row.run.name });
    line.append(nameCell(row));
    if (row.run.problem) {
      line.className = "problem";
      line.append(make("td", row.run.problem, { colspan: shown.length - 1 }));
      return line;
    }
    for (const column of shown.slice(1)) line.append(cellOf(row, column));
    return line;
  }

  /* Numbers as one writes them: 0.0003, not 3.0E-4. */
  const plain = (v) => (isNumber(v) && Number.isSafeInteger(Math.trunc(v)) ? String(Number(v)) : String(v ?? ""));

  function cellOf(row, column) {
    if (column.metric) return valueCell(row, column.metric);
    const text = column.key === "started" ? when(row.run)
      : column.key === "seconds" ? long(row.run.seconds) : plain(get(row, column.key));
    const cell = make("td", undefined, column.number ? { class: "num" } : {});
    if (column.key === "variant" && row.variant) {
      const swatch = make("i", undefined, { class: "swatch" });
      swatch.style.setProperty("--light", state.colours[text].light);
      swatch.style.setProperty("--dark", state.colours[text].dark);
      cell.append(swatch);
    }
    cell.append(text);
    return cell;
  }

  /* Mean and extent of each number over a group's rows. */
  function groupRow(name, rows, shown) {
    const line = make("tr", undefined, { class: "group" });
    const head = make("th", undefined, { scope: "rowgroup" });
    const study = at("groups").value === "study" ? state.studies[name.replace(/^study /, "")] : "";
    head.append(study ? make("a", name, { href: study }) : name);
    head.append(make("small", rows.length + (rows.length === 1 ? " row" : " rows")));
    line.append(head);
    for (const { key, metric } of shown.slice(1)) {
      const cell = make("td", undefined, metric ? { class: "value" } : {});
      const values = metric ? rows.map((row) => get(row, key)).filter((v) => v !== null) : [];
      if (values.length) {
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        cell.append("mean " + said(mean, metric.axis));
        cell.append(make("small", said(Math.min(...values), metric.axis) + " to " + said(Math.max(...values), metric.axis)
          + (values.length < rows.length ? ", of " + values.length : "")));
      }
      line.append(cell);
    }
    return line;
  }

  function head(shown) {
    const line = make("tr");
    for (const { key, title, metric, number } of shown) {
      const cell = make("th", undefined, { scope: "col", class: number ? "num" : undefined, title: metric?.meaning });
      if (sort.key === key) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      const button = make("button", title, { type: "button", "data-sort": key });
      button.addEventListener("click", () => {
        sort = sort.key !== key ? { key, down: false } : sort.down ? { key: "", down: false } : { key, down: true };
        draw();
        document.querySelector("[data-sort='" + CSS.escape(key) + "']").focus();
      });
      cell.append(button);
      if (metric) cell.append(make("code", key));
      line.append(cell);
    }
    return line;
  }

  function draw() {
    const shown = columns();
    const rows = shownRows();
    const body = document.createDocumentFragment();
    let left = limit;
    for (const [name, own] of groupsOf(rows)) {
      if (left <= 0) break;
      if (at("groups").value) body.append(groupRow(name, own, shown));
      own.slice(0, left).forEach((row, i) => {
        const line = body.appendChild(rowOf(row, shown));
        if (i && own[i - 1].run === row.run) line.dataset.again = "true";
      });
      left -= own.length;
    }
    at("board").tHead.replaceChildren(head(shown));
    at("board").tBodies[0].replaceChildren(body);
    say(rows);
  }

  function say(rows) {
    const runs = new Set(rows.map((row) => row.run)).size;
    const count = (status) => state.runs.filter((run) => run.status === status).length;
    const parts = ["RUNNING", "STARTING", "UNREADABLE"].filter(count)
      .map((status) => count(status) + " " + status.toLowerCase());
    at("said").textContent = (runs === state.runs.length ? "" : runs + " of ") + state.runs.length
      + (state.runs.length === 1 ? " run" : " runs") + (parts.length ? ", " + parts.join(", ") : "");
    const more = at("more");
    more.replaceChildren();
    if (rows.length > limit) {
      const button = make("button", "Show all " + rows.length + " rows", { type: "button", class: "chip" });
      button.addEventListener("click", () => {
        limit = Infinity;
        draw();
      });
      more.append("The first " + limit + " of " + rows.length + " rows. ", button);
    } else if (!rows.length) {
      more.textContent = state.runs.length ? "No run matches." : "There are no runs here yet.";
    }
    const names = [...chosen].filter((name) => state.runs.some((run) => run.name === name && run.page));
    at("compare").hidden = !names.length;
    at("compare").textContent = "Compare " + names.length;
  }

  function options(select, pairs) {
    const before = select.value;
    select.replaceChildren(...pairs.map(([value, text]) => make("option", text, { value })));
    if (pairs.some(([value]) => value === before)) select.value = before;
  }

  function choices() {
    const names = [...new Set(state.runs.flatMap((run) => run.variants.map((v) => v.name)))];
    options(at("variants"), [["", "of the last stage"], ["*", "all"], ...names.map((name) => [name, name])]);
    options(at("groups"), [["", "none"], ["*", "settings, over seeds"], ["recipe", "recipe"],
      ...(Object.keys(state.studies).length ? [["study", "study"]] : []), ["variant", "variant"],
      ["status", "status"], ...state.settings.map((key) => [key, key])]);
  }

  /* Tab-separated, in full precision, as spreadsheets take it. */
  function table() {
    const shown = columns();
    const clean = (v) => String(v ?? "").replace(/[\t\r\n]+/g, " ");
    const titles = shown.flatMap(({ key, metric }) => (metric ? [key, key + "_low", key + "_high"] : [key]));
    const lines = shownRows().filter((row) => !row.run.problem).map((row) => shown.flatMap(({ key, metric }) => {
      const value = metric && row.variant?.numbers[key];
      return metric ? [value?.value, value?.low, value?.high] : [get(row, key)];
    }).map(clean).join("\t"));
    return [titles.join("\t"), ...lines].join("\n") + "\n";
  }

  async function copy() {
    const text = table();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(make("textarea", text));
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    at("copy").textContent = "Copied";
    setTimeout(() => (at("copy").textContent = "Copy table"), 1500);
  }

  async function ask() {
    try {
      const answer = await fetch("/board.json", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") || "";
        state = await answer.json();
        choices();
        draw();
      }
      delete document.documentElement.dataset.lost;
    } catch {
      document.documentElement.dataset.lost = "true";
      at("said").textContent = "The board is not served any more; this is what it said last.";
    }
    setTimeout(ask, WAIT);
  }

  at("filter").addEventListener("input", () => {
    limit = STEP;
    draw();
  });
  at("variants").addEventListener("change", draw);
  at("groups").addEventListener("change", draw);
  at("copy").addEventListener("click", copy);
  at("compare").addEventListener("click", () => {
    location.href = "/run?" + [...chosen].map((name) => "run=" + encodeURIComponent(name)).join("&");
  });
  choices();
  draw();
  if (state.live) setTimeout(ask, WAIT);
})();
