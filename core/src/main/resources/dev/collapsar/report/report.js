"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  /* Seven marks beside ten hues: no two of some seventy variants look alike. */
  const shapes = [
    "circle", "rect", "triangle", "diamond",
    "path://M0 0L10 0L5 9Z",
    "path://M3 0h4v3h3v4h-3v3h-4v-3h-3v-4h3z",
    "path://M50 0L62 35L98 35L69 57L80 92L50 71L20 92L31 57L2 35L38 35Z",
  ];
  const dashes = ["solid", "dashed", "dotted", [9, 3, 2, 3], [14, 4], [2, 6]];
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

  /* As many digits as tell neighbouring ticks of an axis over this range apart. */
  function tick(v, range, kind) {
    const step = (range[1] - range[0]) / 4;
    const most = Math.max(Math.abs(range[0]), Math.abs(range[1]));
    const digits = step > 0 ? Math.min(12, Math.max(3, Math.ceil(Math.log10(most / step)) + 1)) : 3;
    const rounded = Number(v.toPrecision(digits));
    if (kind === "PERCENT") return Number((100 * rounded).toPrecision(digits)) + "%";
    if (v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3)) return rounded.toExponential().replace("+", "");
    return digits > 3 ? String(rounded) : format(v, kind);
  }

  const thousands = (v) => (v >= 1e6 ? v / 1e6 + "M" : v / 1e3 + "k");

  const runOf = (line) => data.series[line.series].run;

  /* The stage a chart shows of a run: the one chosen or, where it has nothing in that, the last. */
  function stageShown(chart, run) {
    if (stage === "all") return stage;
    const own = chart.lines.filter((line) => runOf(line) === run).map(stageOf);
    return own.includes(stage) ? stage : Math.max(...own);
  }

  /* Of lines or bands, those whose series is shown, with their points in the stage shown. */
  function drawnOf(chart, lines) {
    return lines.filter((line) => !hidden.has(line.series)).flatMap((line) => {
      const own = stageOf(line);
      const shown = stageShown(chart, runOf(line));
      if (shown !== "all" && chart.form !== "SCATTER" && own !== shown) return [];
      const shift = shown === "all" && chart.x.kind === "EPOCH" ? data.stages[own].offset : 0;
      return { line, points: (line.points || line.ranges).map(([x, ...rest]) => [x + shift, ...rest]) };
    });
  }

  function stageWord(chart) {
    if (chart.x.kind !== "EPOCH" || data.stages.length < 2) return "";
    if (stage === "all") return ", all stages";
    const shown = new Set(chart.lines.map((line) => stageShown(chart, runOf(line))));
    return shown.has(stage) ? "" : [...shown].map((each) => ", " + data.stages[each].name).join("");
  }

  /* On paper charts are small. */
  const size = (points) => (root.dataset.print === "paper" ? .66 * points : points);
  const axisText = () => ({ color: ink("soft"), hideOverlap: true, fontSize: size(12) });

  function nameOf(chart) {
    return {
      name: chart.x.name + stageWord(chart),
      nameLocation: "middle",
      nameGap: size(26),
      nameTextStyle: { color: ink("faint"), align: "center", fontSize: size(11) },
    };
  }

  /* Whether an axis of these values would be logarithmic: within a decade it has next to no ticks. */
  const spansDecades = (values) =>
    values.length > 0 && Math.min(...values) > 0 && Math.max(...values) > 8 * Math.min(...values);

  /* A chart's own scale, or the one that was asked for. */
  const isLog = (plot) => plot.log ?? plot.chart.y.kind === "LOG";

  function axisOf(plot, values, horizontal) {
    const { chart } = plot;
    const axis = horizontal ? chart.x : chart.y;
    const scatter = chart.form === "SCATTER";
    // Without a value an axis has no end of its own.
    const range = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const log = horizontal ? axis.kind === "LOG" : isLog(plot) && spansDecades(values);
    const zoom = horizontal && plot.zoom;
    // Left to itself, the axis rounds many decades to more than as many again.
    const decades = log && range[1] > 1e4 * range[0];
    const full = horizontal && !scatter && !log && axis.kind !== "SECONDS";
    const whole = axis.kind === "EPOCH" || (horizontal && !log && values.every(Number.isInteger));
    // A share's axis does not go on to 102%.
    const spread = .2 * (range[1] - range[0]);
    const share = axis.kind === "PERCENT" && !log;
    const top = share && range[1] <= 1 && range[1] + spread > 1;
    const bottom = share && range[0] >= 0 && range[0] - spread < 0;
    return {
      type: log ? "log" : "value",
      scale: true,
      boundaryGap: scatter && !horizontal ? ["10%", "10%"] : undefined,
      ...(horizontal ? nameOf(chart) : {
        name: log ? "log" : "",
        nameGap: 10,
        nameTextStyle: { color: ink("faint"), align: "right", fontSize: size(11) },
      }),
      minInterval: whole ? 1 : undefined,
      min: zoom ? zoom[0] : axis.kind === "EPOCH" || bottom ? 0
        : decades ? 10 ** Math.floor(Math.log10(range[0])) : undefined,
      max: zoom ? zoom[1] : full ? "dataMax" : top ? 1
        : decades ? 10 ** Math.ceil(Math.log10(range[1])) : undefined,
      splitNumber: horizontal ? 6 : root.dataset.print === "paper" ? 2 : 4,
      minorTick: { show: horizontal && log, lineStyle: { color: ink("rule") } },
      axisLine: { show: horizontal, onZero: false, lineStyle: { color: ink("rule") } },
      axisTick: { show: false },
      splitLine: { show: !horizontal, lineStyle: { color: ink("grid") } },
      axisLabel: {
        ...axisText(),
        formatter: (v) =>
          log && (v >= 1e7 || v < 1e-3) ? v.toExponential().replace("+", "")
          : log && v >= 1000 ? thousands(v) : log ? format(v, axis.kind) : tick(v, range, axis.kind),
      },
    };
  }

  /* To five digits; that something is undefined is said in the note. */
  function exact(v, kind) {
    if (v === null) return "undefined";
    return kind === "PERCENT" ? (100 * v).toFixed(2) + "%" : String(Number(v.toPrecision(5)));
  }

  /* A heading, and rows of name, value, colour and maybe a note. */
  function tip(heading, rows) {
    const box = document.createElement("div");
    box.className = "tip";
    const head = document.createElement("b");
    head.textContent = heading;
    box.append(head);
    for (const { name, value, paint, note } of rows) {
      const row = document.createElement("div");
      const label = document.createElement("span");
      if (paint) {
        const swatch = document.createElement("i");
        swatch.className = "swatch";
        swatch.style.background = paint;
        label.append(swatch);
      }
      label.append(name);
      const figure = document.createElement("b");
      figure.textContent = value;
      row.append(label, figure);
      box.append(row);
      if (note) {
        const small = document.createElement("small");
        small.textContent = note;
        box.append(small);
      }
    }
    return box;
  }

  function tooltip(chart, items) {
    const x = items[0].value[0];
    const heading =
      chart.form === "SCATTER" ? format(x, chart.x.kind) + " " + chart.x.name
      : chart.x.kind === "EPOCH" ? whenOf(chart, x)
      : chart.x.kind === "SECONDS" ? format(x) + " s" : chart.x.name + " " + format(x, chart.x.kind);
    return tip(heading, [...groups(items, (item) => item.seriesName).values()].flatMap((own) =>
      own.length > 3 ? [rangeOf(chart, own)] : own.map((item) => rowOf(chart, item))));
  }

  function groups(items, keyOf) {
    const found = new Map();
    for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
    return found;
  }

  /* Of a crowd, from where to where it reaches. */
  function rangeOf(chart, items) {
    const ys = items.map((item) => item.value[1]).filter((y) => y !== null && y !== "-");
    const [low, high] = [Math.min(...ys), Math.max(...ys)].map((y) => exact(y, chart.y.kind));
    return { name: items[0].seriesName, paint: items[0].color, value: ys.length ? low + " to " + high : "undefined" };
  }

  function rowOf(chart, item) {
    const said = (y) => exact(y === "-" ? null : y, chart.y.kind);
    const row = { name: item.seriesName, paint: item.color };
    if (item.seriesType === "custom") {
      return { ...row, value: said(item.value[1]) + " to " + said(item.value[2]) };
    }
    return Array.isArray(item.value)
      ? { ...row, value: said(item.value[1]), note: item.value[2] }
      : { ...row, value: said(item.value), note: item.data.note };
  }

  function whenOf(chart, x) {
    if (stage !== "all" || data.stages.length < 2) return "epoch " + x + stageWord(chart);
    const s = data.stages.filter((each) => each.offset < x).pop() || data.stages[0];
    return s.name + ", epoch " + (x - s.offset);
  }

  /* A mark at every point of a short line, at some points of a long one. */
  function marks(chart, points, shape) {
    const mark = size(chart.form === "SCATTER" ? 12 : 6) * ([3, 5, 6].includes(shape % 7) ? 1.3 : 1);
    return (_, { dataIndex }) => (dataIndex % stepOf(points) ? 0 : mark);
  }

  const stepOf = (points) => (points.length > 40 ? Math.ceil(points.length / 12) : 1);

  /* Not even made where none is seen: they are most of what a chart of long lines costs. */
  const formOf = (points, shape) => (_, { dataIndex }) => (dataIndex % stepOf(points) ? "none" : shape);

  /* What all views of all charts share. */
  function frame() {
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size(12) },
      tooltip: {
        confine: true,
        backgroundColor: ink("card"),
        borderColor: ink("rule"),
        padding: [8, 12],
        textStyle: { color: ink("ink"), fontSize: 12 },
        axisPointer: { lineStyle: { color: ink("faint") } },
      },
    };
  }

  /* The mean of five neighbours, fewer at the ends; x and notes are left as they are. */
  function smoothed(points) {
    return points.map(([x, y, note], i) => {
      const near = points.slice(Math.max(0, i - 2), i + 3).map((p) => p[1]).filter((v) => v !== null);
      return [x, y === null ? null : near.reduce((a, b) => a + b, 0) / near.length, note];
    });
  }

  /* Chance is seen for one variant at a time: several bands over one another show nothing. */
  function bandsOf(plot) {
    const bands = drawnOf(plot.chart, plot.chart.bands);
    const chance = bands.filter(({ line }) => line.look === "CHANCE").map(({ line }) => line.series);
    const chosen = chance.includes(plot.band) ? plot.band : plot.band === null ? null : chance[0];
    return bands.filter(({ line }) => line.look !== "CHANCE" || line.series === chosen);
  }

  function plotOf(plot) {
    const { chart } = plot;
    const scatter = chart.form === "SCATTER";
    const drawn = drawnOf(chart, chart.lines);
    const before = chart.lines.filter((line) =>
      !hidden.has(line.series) && stageOf(line) < stageShown(chart, runOf(line)));
    const bands = bandsOf(plot);
    const ranges = bands.flatMap((band) => band.points);
    const log = isLog(plot);
    const near = ([x]) => !plot.zoom || (x >= plot.zoom[0] && x <= plot.zoom[1]);
    const xs = drawn.flatMap((d) => d.points.map((p) => p[0])).concat(ranges.map((r) => r[0]));
    const ys = drawn.flatMap((d) => d.points.filter(near).map((p) => p[1]))
      .concat(ranges.filter(near).flatMap((r) => [r[1], r[2]]))
      .filter((y) => y !== null && (!log || y > 0));
    const label = (line) => data.series[line.series].label;
    const lines = groups(drawn, ({ line }) => line.series + line.stage);
    const series = drawn.map(({ line, points }) => {
      const subject = data.series[line.series];
      const paint = colour(line.series);
      // Many lines of one series are a crowd: thin, without marks, behind the others.
      const crowd = !scatter && lines.get(line.series + line.stage).length > 3;
      return {
        id: line.series + line.stage + line.name,
        name: label(line) + (scatter ? ", " + line.name.toLowerCase() : ""),
        type: scatter ? "scatter" : "line",
        data: plot.smooth ? smoothed(points) : points,
        color: paint,
        symbol: crowd ? "none" : formOf(points, shapes[subject.shape % shapes.length]),
        icon: shapes[subject.shape % shapes.length],
        symbolSize: marks(chart, points, subject.shape),
        showSymbol: true,
        lineStyle: { width: size(crowd ? 1 : 2), opacity: crowd ? .45 : 1, type: dashes[subject.stroke % dashes.length] },
        itemStyle: line.hollow
          ? { color: ink("card"), borderColor: paint, borderWidth: 2, opacity: 1 }
          : { color: paint, opacity: 1 },
        label: {
          show: scatter && !line.hollow,
          position: "bottom",
          distance: 8,
          color: ink("soft"),
          formatter: () => label(line),
        },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "none", lineStyle: { width: crowd ? 1 : 2 } },
        z: crowd ? 2 : 3,
      };
    });
    if (!scatter && xs.length) {
      // Where an earlier stage ended: the level that this one starts from.
      for (const line of before) {
        const level = line.points[line.points.length - 1][1];
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
    if (scatter) series.push(...ramps(drawn));
    if (plot.smooth) series.push(...drawn.map(rawOf));
    series.push(...bands.map(({ line, points }) => areaOf(plot, line, points, Math.min(...ys))));
    if (stage === "all" && chart.x.kind === "EPOCH" && series.length) {
      series[0].markLine = {
        silent: true,
        symbol: "none",
        lineStyle: { color: ink("faint"), type: "dotted" },
        label: { color: ink("faint"), position: "insideEndTop", rotate: 0, formatter: "{b}" },
        data: data.stages.filter((s) => s.offset).map((s) => ({ xAxis: s.offset, name: s.name })),
      };
    }
    const shared = frame();
    return {
      ...shared,
      grid: { left: 4, right: scatter ? 40 : 16, top: size(26), bottom: size(30), containLabel: true },
      tooltip: {
        ...shared.tooltip,
        trigger: scatter || chart.x.kind === "SECONDS" ? "item" : "axis",
        formatter: (items) => tooltip(chart, [].concat(items)),
      },
      xAxis: axisOf(plot, xs, true),
      yAxis: axisOf(plot, ys, false),
      series,
    };
  }

  /* Behind a smoothed line, what was measured. */
  function rawOf({ line, points }) {
    return {
      id: "raw" + line.series + line.stage + line.name,
      name: data.series[line.series].label,
      type: "line",
      data: points,
      symbolSize: 0,
      silent: true,
      tooltip: { show: false },
      lineStyle: { width: 1, opacity: .35, color: colour(line.series) },
      z: 2,
    };
  }

  /* One polygon behind the lines; what a logarithmic axis cannot show is cut below the rest. */
  function areaOf(plot, band, ranges, least) {
    const log = isLog(plot);
    const interval = band.look === "INTERVAL";
    const shown = ranges.filter((range) => !log || range[2] > 0)
      .map(([x, low, high]) => [x, log && low <= 0 ? Math.min(least, high) : low, high]);
    const cut = new Set(ranges.filter((range) => log && range[1] <= 0).map((range) => range[0]));
    const paint = colour(band.series);
    const label = data.series[band.series].label;
    return {
      id: "band" + band.series,
      name: band.name === label ? label : label + (interval ? ", 95%" : ", chance"),
      type: "custom",
      data: shown,
      // A band a line would double the rows that hovering shows.
      tooltip: { show: plot.chart.bands.filter((each) => each.look === "INTERVAL").length < 4 },
      encode: { x: 0, y: [1, 2] },
      color: paint,
      clip: true,
      z: 1,
      renderItem: (params, api) => {
        if (params.dataIndex) return null;
        // At a single place a band has no width of its own.
        const widths = shown.length > 1 ? [0] : [-8, 8];
        const floor = params.coordSys.y + params.coordSys.height;
        const edge = (end) => shown.flatMap((range) => {
          const [left, top] = api.coord([range[0], range[end]]);
          return widths.map((w) => [left + w, end === 1 && cut.has(range[0]) ? floor : top]);
        });
        const points = [...edge(2), ...edge(1).reverse()];
        const style = interval
          ? { fill: paint, fillOpacity: .07, stroke: paint, strokeOpacity: .75, lineWidth: 1 }
          : { fill: paint, fillOpacity: .18 };
        return { type: "polygon", shape: { points }, style };
      },
    };
  }

  const middle = (values) => values[Math.floor((values.length - 1) / 2)];

  /* Layers in their order, each name once. */
  const layersOf = (drawn) => [...new Set(drawn.map(({ line }) => line.name))];

  const seriesOf = (drawn) => [...new Set(drawn.map(({ line }) => line.series))];

  const epochsOf = (drawn) =>
    [...new Set(drawn.flatMap((d) => d.points.map((p) => p[0])))].sort((a, b) => a - b);

  function categories(values, rest) {
    return {
      type: "category",
      data: values,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: false },
      ...rest,
    };
  }

  /* Rows of layers, under their variant where there are several; a column an epoch. */
  function mapOf(chart, width) {
    const drawn = drawnOf(chart, chart.lines);
    const several = seriesOf(drawn).length > 1;
    const epochs = epochsOf(drawn);
    const rows = [];
    const cells = [];
    const missing = [];
    for (const { line, points } of drawn) {
      const head = data.series[line.series].label;
      if (several && (!rows.length || rows[rows.length - 1].series !== line.series)) {
        rows.push({ series: line.series, text: head, head: true });
      }
      // A layer has a row, though its epochs may lie in more than one stage.
      let row = rows.findIndex((r) => !r.head && r.series === line.series && r.text === line.name);
      if (row < 0) row = rows.push({ series: line.series, text: line.name }) - 1;
      for (const [x, y, note] of points) {
        const of = (several ? head + ", " : "") + line.name;
        const cell = { value: [epochs.indexOf(x), row, y ?? 0], x, y, note, of };
        (y === null ? missing : cells).push(cell);
      }
    }
    const ys = cells.map((cell) => cell.y);
    const log = chart.y.kind === "LOG";
    const around = !log && Math.min(...ys) < 0 && Math.max(...ys) > 0;
    if (log) cells.forEach((cell) => (cell.value[2] = Math.log10(cell.y)));
    const sizes = cells.map((cell) => cell.value[2]);
    const high = around ? Math.max(...sizes.map(Math.abs)) : Math.max(...sizes);
    const low = around ? -high : Math.min(...sizes);
    const said = (v) => format(log ? 10 ** v : v, chart.y.kind);
    const shared = frame();
    const cell = { borderColor: ink("card"), borderWidth: epochs.length > 30 ? .5 : 1 };
    return {
      ...shared,
      grid: { left: 4, right: 8, top: 30, bottom: 30, containLabel: true },
      tooltip: {
        ...shared.tooltip,
        formatter: ({ data: at }) =>
          tip(whenOf(chart, at.x), [{ name: at.of, value: exact(at.y, chart.y.kind), note: at.note }]),
      },
      xAxis: categories(epochs, { ...nameOf(chart), axisLabel: axisText() }),
      yAxis: categories(rows.map((_, i) => i), {
        inverse: true,
        axisLabel: {
          color: ink("soft"),
          interval: 0,
          width: width < 480 ? 84 : 130,
          overflow: "truncate",
          formatter: (i) => (rows[i].head ? "{head|" + braceless(rows[i].text) + "}" : rows[i].text),
          rich: { head: { color: ink("ink"), fontWeight: 600, fontSize: 12 } },
        },
      }),
      visualMap: {
        type: "continuous",
        seriesIndex: 0,
        dimension: 2,
        min: low,
        max: high > low ? high : low + 1,
        text: [said(high), said(low)].map(String),
        orient: "horizontal",
        right: 4,
        top: 0,
        itemWidth: 10,
        itemHeight: 120,
        textStyle: { color: ink("soft"), fontSize: 11 },
        hoverLink: false,
        inRange: { color: ink(around ? "around" : "ramp").split(" ") },
      },
      series: [
        { type: "heatmap", data: cells, itemStyle: cell, emphasis: { itemStyle: { borderColor: ink("ink") } } },
        {
          type: "heatmap",
          data: missing,
          itemStyle: { color: "transparent", borderColor: ink("faint"), borderType: "dashed", borderWidth: 1 },
        },
      ],
    };
  }

  /* Rich text has a syntax of its own. */
  const braceless = (text) => text.replace(/[{}|]/g, " ");

  /* Over the layers, at the first, middle and last epoch, from faint to full. */
  function profileOf(plot, width) {
    const { chart } = plot;
    const drawn = drawnOf(chart, chart.lines);
    const layers = layersOf(drawn);
    const shownSeries = seriesOf(drawn);
    const series = [];
    for (const i of shownSeries) {
      const own = drawn.filter(({ line }) => line.series === i);
      const all = epochsOf(own);
      const last = all[all.length - 1];
      const times = shownSeries.length > 3 ? [last] : [...new Set([all[0], middle(all), last])];
      times.forEach((epoch, t) => {
        const at = new Map(own.flatMap(({ line, points }) =>
          points.filter((p) => p[0] === epoch).map((p) => [line.name, p])));
        const opacity = [.3, .6, 1][t + 3 - times.length];
        const paint = colour(i);
        series.push({
          id: i + "@" + epoch,
          name: (shownSeries.length > 1 ? data.series[i].label + ", " : "") + "epoch " + epoch,
          type: "line",
          data: layers.map((layer) => ({ value: at.get(layer)?.[1] ?? "-", note: at.get(layer)?.[2] })),
          color: paint,
          symbol: shapes[data.series[i].shape % shapes.length],
          symbolSize: 6,
          lineStyle: { width: 2, opacity, type: dashes[data.series[i].stroke % dashes.length] },
          itemStyle: { color: paint, opacity },
          emphasis: { focus: "none", lineStyle: { width: 2 } },
          endLabel: { show: shownSeries.length === 1, color: ink("soft"), fontSize: 11, formatter: "{a}" },
          labelLayout: { moveOverlap: "shiftY" },
        });
      });
    }
    const ys = series.flatMap((s) => s.data.map((d) => d.value).filter((v) => v !== "-"));
    const bands = bandsOf(plot);
    for (const i of seriesOf(bands)) {
      const own = bands.filter(({ line }) => line.series === i);
      const last = epochsOf(own).pop();
      const ranges = own.flatMap(({ line, points }) =>
        points.filter((p) => p[0] === last).map(([, low, high]) => [layers.indexOf(line.name), low, high]));
      ys.push(...ranges.flatMap(([, low, high]) => [low, high]).filter((y) => !isLog(plot) || y > 0));
      series.push(areaOf(plot, own[0].line, ranges, Math.min(...ys)));
    }
    const shared = frame();
    return {
      ...shared,
      grid: { left: 4, right: shownSeries.length === 1 ? 62 : 16, top: 26, bottom: 8, containLabel: true },
      tooltip: {
        ...shared.tooltip,
        trigger: "axis",
        formatter: (items) => tip(items[0].axisValue, items.map((item) => rowOf(chart, item))),
      },
      xAxis: categories(layers, {
        axisLine: { show: true, onZero: false, lineStyle: { color: ink("rule") } },
        axisLabel: {
          color: ink("soft"),
          interval: layers.length > 16 ? "auto" : 0,
          rotate: 7 * layers.join("  ").length > width - 130 ? 35 : 0,
          width: 84,
          overflow: "truncate",
        },
      }),
      yAxis: axisOf(plot, ys, false),
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

  const optionOf = (plot) =>
    plot.view === "map" ? mapOf(plot.chart, plot.element.clientWidth)
    : plot.view === "profile" ? profileOf(plot, plot.element.clientWidth) : plotOf(plot);

  const plots = [...document.querySelectorAll(".plot")].map((element) => ({
    element,
    chart: data.charts[Number(element.dataset.chart)],
    view: element.dataset.view,
    near: false,
    stale: true,
  }));

  /* Charts are drawn when they come near, so that a page of a hundred opens at once. */
  function draw(plot) {
    plot.stale = !(plot.near || root.dataset.print);
    if (plot.stale) return;
    plot.canvas = plot.canvas || echarts.init(plot.element, null, { renderer: "svg" });
    plot.canvas.setOption(optionOf(plot), { notMerge: true });
  }

  const isSeen = ({ element }) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  /* What is seen at once, what is only near a little at a time, so that the page answers meanwhile. */
  function drawNear() {
    const begun = performance.now();
    const waiting = plots.filter((plot) => plot.near && plot.stale);
    const seen = waiting.filter(isSeen);
    seen.forEach(draw);
    const rest = waiting.filter((plot) => plot.stale);
    if (!seen.length) while (rest.length && performance.now() - begun < 30) draw(rest.shift());
    if (rest.length) setTimeout(drawNear);
  }

  const redraw = () => plots.forEach(draw);
  const plotAt = (entry) => plots.find((plot) => plot.element === entry.target);

  const press = (button, on) => button.setAttribute("aria-pressed", String(on));

  function toggle(button) {
    const series = Number(button.dataset.series);
    if (!hidden.delete(series)) hidden.add(series);
    press(button, !hidden.has(series));
    plots.filter(({ chart }) => chart.lines.concat(chart.bands).some((l) => l.series === series))
      .forEach(draw);
  }

  /* Of the bands that a key names, one is seen or none. */
  function choose(buttons, button) {
    const on = button && button.getAttribute("aria-pressed") !== "true" ? button : null;
    buttons.forEach((each) => press(each, each === on));
    const figure = buttons[0].closest("figure");
    plots.filter((plot) => figure.contains(plot.element)).forEach((plot) => {
      plot.band = on ? Number(on.dataset.series) : null;
      draw(plot);
    });
  }

  for (const key of document.querySelectorAll(".key")) {
    const bands = [...key.querySelectorAll("[data-series]:has(.area)")];
    if (bands.length > 1) {
      bands.forEach((button, i) => {
        press(button, !i);
        button.dataset.band = "true";
        button.addEventListener("click", () => choose(bands, button));
      });
    }
  }
  for (const button of document.querySelectorAll("[data-series]:not([data-band])")) {
    button.addEventListener("click", () => toggle(button));
  }
  const stageButtons = [...document.querySelectorAll(".stages button")];
  for (const button of stageButtons) {
    button.addEventListener("click", () => {
      stage = button.dataset.stage === "all" ? "all" : Number(button.dataset.stage);
      stageButtons.forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
      redraw();
    });
  }

  const nearing = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const plot = plotAt(entry);
      plot.near = entry.isIntersecting;
    }
    drawNear();
  }, { rootMargin: "800px 0px" });
  const resizing = new ResizeObserver((entries) => entries.forEach((entry) => plotAt(entry).canvas?.resize()));
  for (const plot of plots) {
    nearing.observe(plot.element);
    resizing.observe(plot.element);
  }
  dark.addEventListener("change", redraw);

  /* Paper: light colours, all that can be opened open, and every chart as wide as it will be there. */
  const opened = [];
  addEventListener("beforeprint", () => {
    root.dataset.print = "paper";
    document.querySelectorAll("details:not([open]):not(.tools)").forEach((d) => {
      d.open = true;
      opened.push(d);
    });
    redraw();
    plots.forEach((plot) => plot.canvas.resize());
  });
  addEventListener("afterprint", () => {
    delete root.dataset.print;
    opened.splice(0).forEach((d) => (d.open = false));
    redraw();
    plots.forEach((plot) => plot.canvas?.resize());
  });

  const iconOf = (option, name) => {
    const series = option.series.find((s) => s.name === name);
    return series.icon || series.symbol;
  };

  /* As for a paper: light, with its title and a legend. */
  function pictureOf(plot, width, height) {
    root.dataset.print = "picture";
    const option = optionOf(plot);
    delete root.dataset.print;
    const names = [...new Set(option.series
      .filter((s) => s.type !== "custom" && s.type !== "heatmap" && s.symbolSize !== 0).map((s) => s.name))];
    const lines = names.length > 1 ? Math.ceil(names.join("    ").length * 7.2 / width) : 0;
    const canvas = echarts.init(null, null, { renderer: "svg", ssr: true, width, height: height + 22 * lines });
    canvas.setOption({
      ...option,
      // Quotes around a family's name would end the attribute that it is written in.
      textStyle: { fontFamily: "Helvetica, Arial, sans-serif", fontSize: 12 },
      backgroundColor: "#ffffff",
      title: { text: plot.chart.title, left: 8, top: 6, textStyle: { fontSize: 14, color: "#1c1f24" } },
      legend: lines ? { data: names.map((name) => ({ name, icon: iconOf(option, name) })), bottom: 4, left: 8, right: 8, textStyle: { color: "#1c1f24" } } : undefined,
      grid: { ...option.grid, left: 10, top: 52, bottom: 34 + 22 * lines },
    });
    const text = canvas.renderToSVGString();
    canvas.dispose();
    return text;
  }

  window.collapsar = { data, plots, draw, pictureOf, spansDecades, isLog, bandsOf };
})();
