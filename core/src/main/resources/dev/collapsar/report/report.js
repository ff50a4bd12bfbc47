"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const shapes = ["circle", "rect", "triangle", "diamond"];
  const dashes = ["solid", "dashed", "dotted"];
  const hidden = new Set();
  let stage = data.stages.length > 1 ? data.stages.length - 1 : "all";

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const ink = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const colour = (i) =>
    dark.matches && !root.dataset.print ? data.series[i].colour.dark : data.series[i].colour.light;
  const stageOf = (line) => data.stages.findIndex((s) => s.name === line.stage);

  const trim = (v) => String(Number(v.toPrecision(3)));
  function format(v, kind) {
    if (kind === "PERCENT") return Number((100 * v).toFixed(2)) + "%";
    if (v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3)) return v.toExponential(1);
    return Math.abs(v) >= 1000 ? Math.round(v).toLocaleString("en") : trim(v);
  }

  const thousands = (v) => (v >= 1e6 ? v / 1e6 + "M" : v / 1e3 + "k");

  /* The stage a chart shows: the one chosen or, where it has nothing in that, the last it has. */
  function stageShown(chart) {
    if (stage === "all") return stage;
    const own = chart.lines.map(stageOf);
    return own.includes(stage) ? stage : Math.max(...own);
  }

  /* The points of a line in the stage shown; null if the line belongs to another one. */
  function pointsOf(chart, line, shown) {
    const own = stageOf(line);
    if (shown !== "all" && !chart.scatter && own !== shown) return null;
    const shift = shown === "all" && chart.x.kind === "EPOCH" ? data.stages[own].offset : 0;
    return line.points.map((p) => [p.x + shift, p.y, p.note]);
  }

  function stageWord(axis, shown) {
    if (axis.kind !== "EPOCH" || data.stages.length < 2) return "";
    return shown === "all" ? ", all stages" : shown === stage ? "" : ", " + data.stages[shown].name;
  }

  function axisOf(axis, values, horizontal, scatter, shown) {
    const range = [Math.min(...values), Math.max(...values)];
    // Within a decade a logarithmic axis has next to no ticks.
    const log = axis.kind === "LOG" && (horizontal || range[1] > 8 * range[0]);
    // Left to itself, the axis rounds many decades to more than as many again.
    const decades = log && range[1] > 1e4 * range[0];
    const full = horizontal && !scatter && !log && axis.kind !== "SECONDS";
    // A share's axis does not go on to 102%.
    const whole = axis.kind === "PERCENT" && range[1] <= 1 && range[1] + .2 * (range[1] - range[0]) > 1;
    return {
      type: log ? "log" : "value",
      scale: true,
      boundaryGap: scatter && !horizontal ? ["10%", "10%"] : undefined,
      name: horizontal ? axis.name + stageWord(axis, shown) : log ? "log" : "",
      nameLocation: horizontal ? "middle" : "end",
      nameGap: horizontal ? 26 : 10,
      nameTextStyle: { color: ink("faint"), align: horizontal ? "center" : "right", fontSize: 11 },
      minInterval: axis.kind === "EPOCH" ? 1 : undefined,
      min: axis.kind === "EPOCH" ? 0 : decades ? 10 ** Math.floor(Math.log10(range[0])) : undefined,
      max: full ? "dataMax" : whole ? 1 : decades ? 10 ** Math.ceil(Math.log10(range[1])) : undefined,
      splitNumber: horizontal ? 6 : 4,
      minorTick: { show: horizontal && log, lineStyle: { color: ink("rule") } },
      axisLine: { show: horizontal, onZero: false, lineStyle: { color: ink("rule") } },
      axisTick: { show: false },
      splitLine: { show: !horizontal, lineStyle: { color: ink("grid") } },
      axisLabel: {
        color: ink("soft"),
        hideOverlap: true,
        formatter: (v) =>
          log && (v >= 1e7 || v < 1e-3) ? v.toExponential().replace("+", "")
          : log && v >= 1000 ? thousands(v) : format(v, axis.kind),
      },
    };
  }

  function tooltip(chart, items) {
    const box = document.createElement("div");
    box.className = "tip";
    const head = document.createElement("b");
    const x = items[0].value[0];
    head.textContent = chart.scatter
      ? format(x, chart.x.kind) + " " + chart.x.name
      : chart.x.kind === "EPOCH" ? whenOf(chart, x)
      : chart.x.kind === "SECONDS" ? format(x) + " s" : chart.x.name + " " + format(x, chart.x.kind);
    box.append(head);
    for (const item of items) {
      const row = document.createElement("div");
      const name = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.className = "swatch";
      swatch.style.background = item.color;
      name.append(swatch, item.seriesName);
      const value = document.createElement("b");
      value.textContent = chart.y.kind === "PERCENT"
        ? (100 * item.value[1]).toFixed(2) + "%" : Number(item.value[1].toPrecision(5));
      row.append(name, value);
      box.append(row);
      if (item.value[2]) {
        const note = document.createElement("small");
        note.textContent = item.value[2];
        box.append(note);
      }
    }
    return box;
  }

  function whenOf(chart, x) {
    const shown = stageShown(chart);
    if (shown !== "all" || data.stages.length < 2) return "epoch " + x + stageWord(chart.x, shown);
    const s = data.stages.filter((each) => each.offset < x).pop() || data.stages[0];
    return s.name + ", epoch " + (x - s.offset);
  }

  /* A mark at every point of a short line, at some points of a long one. */
  function marks(chart, points, shape) {
    const size = (chart.scatter ? 12 : 6) * (shape % 4 === 3 ? 1.3 : 1);
    const step = points.length > 40 ? Math.ceil(points.length / 12) : 1;
    return (_, { dataIndex }) => (dataIndex % step ? 0 : size);
  }

  function optionOf(chart) {
    const shown = stageShown(chart);
    const drawn = [];
    const before = [];
    for (const line of chart.lines.filter((each) => !hidden.has(each.series))) {
      const points = pointsOf(chart, line, shown);
      if (points) drawn.push({ line, points });
      else if (stageOf(line) < shown) before.push(line);
    }
    const xs = drawn.flatMap((d) => d.points.map((p) => p[0]));
    const ys = drawn.flatMap((d) => d.points.map((p) => p[1]));
    const label = (line) => data.series[line.series].label;
    const series = drawn.map(({ line, points }) => {
      const subject = data.series[line.series];
      const paint = colour(line.series);
      return {
        id: line.series + line.stage + line.name,
        name: label(line) + (chart.scatter ? ", " + line.name.toLowerCase() : ""),
        type: chart.scatter ? "scatter" : "line",
        data: points,
        color: paint,
        symbol: shapes[subject.shape % shapes.length],
        symbolSize: marks(chart, points, subject.shape),
        showSymbol: true,
        lineStyle: { width: 2, type: dashes[subject.run % dashes.length] },
        itemStyle: line.hollow
          ? { color: ink("card"), borderColor: paint, borderWidth: 2, opacity: 1 }
          : { color: paint, opacity: 1 },
        label: {
          show: chart.scatter && !line.hollow,
          position: "bottom",
          distance: 8,
          color: ink("soft"),
          formatter: () => label(line),
        },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "none", lineStyle: { width: 2 } },
        z: 3,
      };
    });
    if (!chart.scatter && xs.length) {
      // Where an earlier stage ended: the level that this one starts from.
      for (const line of before) {
        const level = line.points[line.points.length - 1].y;
        ys.push(level);
        series.push({
          id: "before" + line.series,
          name: label(line),
          type: "line",
          data: [[Math.min(...xs), level], [Math.max(...xs), level]],
          symbolSize: 0,
          silent: true,
          tooltip: { show: false },
          lineStyle: { width: 1.5, type: [5, 5], color: colour(line.series) },
          z: 2,
        });
      }
    }
    if (chart.scatter) series.push(...ramps(drawn));
    if (shown === "all" && chart.x.kind === "EPOCH" && series.length) {
      series[0].markLine = {
        silent: true,
        symbol: "none",
        lineStyle: { color: ink("faint"), type: "dotted" },
        label: { color: ink("faint"), position: "insideEndTop", rotate: 0, formatter: "{b}" },
        data: data.stages.slice(1).map((s) => ({ xAxis: s.offset, name: s.name })),
      };
    }
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
      grid: { left: 4, right: chart.scatter ? 40 : 16, top: 26, bottom: 30, containLabel: true },
      tooltip: {
        trigger: chart.scatter || chart.x.kind === "SECONDS" ? "item" : "axis",
        confine: true,
        backgroundColor: ink("card"),
        borderColor: ink("rule"),
        padding: [8, 12],
        textStyle: { color: ink("ink"), fontSize: 12 },
        axisPointer: { lineStyle: { color: ink("faint") } },
        formatter: (items) => tooltip(chart, [].concat(items)),
      },
      xAxis: axisOf(chart.x, xs, true, chart.scatter, shown),
      yAxis: axisOf(chart.y, ys, false, chart.scatter, shown),
      series,
    };
  }

  /* A thin line through the members of a sweep. */
  function ramps(drawn) {
    const families = new Map();
    for (const { line, points } of drawn) {
      const key = data.series[line.series].family + "|" + line.name;
      families.set(key, (families.get(key) || []).concat(points));
    }
    return [...families].filter(([, points]) => points.length > 1).map(([key, points]) => ({
      id: key,
      type: "line",
      data: points.sort((a, b) => a[0] - b[0]),
      symbolSize: 0,
      silent: true,
      lineStyle: { width: 1.5, color: ink("faint") },
      z: 1,
    }));
  }

  const plots = [...document.querySelectorAll(".plot")].map((element) => ({
    element,
    chart: data.charts[Number(element.dataset.chart)],
    view: echarts.init(element, null, { renderer: "svg" }),
  }));

  function draw() {
    for (const plot of plots) {
      plot.view.setOption(optionOf(plot.chart), { notMerge: true });
    }
  }

  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      const subject = Number(chip.dataset.subject);
      if (!hidden.delete(subject)) hidden.add(subject);
      chip.setAttribute("aria-pressed", String(!hidden.has(subject)));
      draw();
    });
  }
  const stageButtons = [...document.querySelectorAll(".stages button")];
  for (const button of stageButtons) {
    button.addEventListener("click", () => {
      stage = button.dataset.stage === "all" ? "all" : Number(button.dataset.stage);
      stageButtons.forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
      draw();
    });
  }

  const resizing = new ResizeObserver((entries) => {
    for (const entry of entries) plots.find((p) => p.element === entry.target).view.resize();
  });
  plots.forEach((plot) => resizing.observe(plot.element));
  dark.addEventListener("change", draw);
  addEventListener("beforeprint", () => {
    root.dataset.print = "true";
    document.querySelectorAll("details").forEach((d) => (d.open = true));
    draw();
  });
  addEventListener("afterprint", () => {
    delete root.dataset.print;
    draw();
  });
  draw();
})();
