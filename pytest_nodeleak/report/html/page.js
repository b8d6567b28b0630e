/* Draws the charts, filters the checks, opens what an address names. The page works without it. */
"use strict";
(() => {
  const find = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const LINES = ["--line-1", "--line-2", "--line-3"];

  /* Numbers as the tables write them. */
  const inBytes = (value) => {
    const units = ["B", "KB", "MB", "GB"];
    let size = Math.abs(value), unit = 0;
    while (size >= 999.5 && unit < units.length - 1) { size /= 1000; unit += 1; }
    const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
    return (value < 0 ? "-" : "") + size.toFixed(digits) + " " + units[unit];
  };
  const whole = (value) => Math.round(value).toLocaleString("en");
  const written = (unit) => (value) => value === null || value === undefined ? "–"
    : unit === "B" ? inBytes(value)
    : unit === "ms" ? value.toFixed(value < 10 ? 1 : 0) + " ms"
    : whole(value);
  const short = (unit) => (value) => unit === "B" ? inBytes(value).replace(/\.0+ /, " ")
    : unit === "ms" ? value + " ms"
    : Math.abs(value) >= 1e6 ? value / 1e6 + "M" : Math.abs(value) >= 1e4 ? value / 1e3 + "k" : String(value);

  /* Stages, the silence and the limit, behind the lines. */
  const background = (data) => (u) => {
    const { ctx } = u, { left, top, width, height } = u.bbox, ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top - 16 * ratio, width, height + 16 * ratio); ctx.clip();
    ctx.font = 11 * ratio + "px " + colour("--sans");
    ctx.textBaseline = "top";
    if (data.silentFrom !== null) {
      const x = u.valToPos(data.silentFrom, "x", true);
      ctx.fillStyle = colour("--sunken");
      ctx.fillRect(x, top, left + width - x, height);
      ctx.fillStyle = colour("--muted");
      ctx.fillText("no load", x + 5 * ratio, top + height - 15 * ratio);
    }
    let free = -Infinity;
    for (const mark of data.marks) {
      const x = Math.round(u.valToPos(mark.x, "x", true));
      ctx.strokeStyle = colour("--strong-line");
      ctx.setLineDash([3 * ratio, 3 * ratio]);
      ctx.lineWidth = ratio;
      ctx.beginPath(); ctx.moveTo(x + .5, top); ctx.lineTo(x + .5, top + height); ctx.stroke();
      ctx.setLineDash([]);
      const room = left + width - x - 4 * ratio, length = ctx.measureText(mark.label).width;
      ctx.fillStyle = colour("--muted");
      if (x > free && length < room) {
        ctx.fillText(mark.label, x + 3 * ratio, top - 14 * ratio);
        free = x + length + 8 * ratio;
      }
    }
    if (data.limit !== null) {
      const y = u.valToPos(data.limit, "y", true);
      if (y >= top && y <= top + height) {
        ctx.strokeStyle = colour("--leak"); ctx.lineWidth = ratio;
        ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(left + width, y); ctx.stroke();
        ctx.fillStyle = colour("--leak");
        ctx.fillText("limit", left + 4 * ratio, y + 3 * ratio);
      }
    }
    ctx.restore();
  };

  /* What the lines are, or their values where the cursor is. */
  const tell = (readout, data, at) => {
    readout.textContent = "";
    const add = (text, line) => {
      const item = document.createElement("span");
      if (line !== undefined) {
        const key = document.createElement("i");
        key.className = LINES[line].slice(2);
        item.append(key);
      }
      item.append(text);
      readout.append(item);
    };
    const write = written(data.unit);
    if (at !== null) add((data.xLabel === "seconds" ? data.x[at].toFixed(1) : whole(data.x[at])) + " " + data.xLabel);
    data.lines.forEach((line, number) => {
      if (at !== null) add(line.label + " " + write(line.values[at]), number);
      else if (data.lines.length > 1) add(line.label, number);
    });
  };

  const draw = (figure, data) => {
    const plot = figure.querySelector(".plot"), readout = figure.querySelector(".readout");
    const values = data.lines.flatMap((line) => line.values).filter((one) => one !== null);
    const low = Math.min(...values), high = Math.max(...values);
    const nothing = data.unit === "B" ? 2e5 : data.unit === "ms" ? 1 : 4;
    const room = Math.max((high - low) * .08, (nothing - (high - low)) / 2, 0);
    const axis = (scale, format, size) => ({
      scale, stroke: () => colour("--muted"), font: "12px " + colour("--sans"), size,
      grid: { stroke: () => colour("--grid"), width: 1, show: scale === "y" },
      ticks: { show: false },
      values: (u, splits) => splits.map(format),
      space: scale === "x" ? 64 : 34,
    });
    let quiet = true;
    const u = new uPlot({
      width: plot.clientWidth, height: 190, padding: [18, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: false }, y: { range: [low >= 0 ? Math.max(0, low - room) : low - room, high + room] } },
      axes: [axis("x", (v) => data.xLabel === "seconds" ? v + " s" : short("")(v), 28), axis("y", short(data.unit), 62)],
      series: [{}, ...data.lines.map((line, number) => ({
        label: line.label, width: number ? 1.5 : 2,
        stroke: () => colour(LINES[number]),
        points: { show: data.x.length < 40, size: 5, fill: () => colour(LINES[number]), stroke: () => colour(LINES[number]) },
      }))],
      hooks: {
        drawClear: [background(data)],
        setCursor: [(one) => { if (!quiet) tell(readout, data, one.cursor.idx ?? null); }],
      },
    }, [data.x, ...data.lines.map((line) => line.values)], plot);
    quiet = false;
    tell(readout, data, null);
    u.over.addEventListener("mouseleave", () => tell(readout, data, null));
    /* The arrow keys go from reading to reading. */
    let at = -1;
    plot.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (steps === undefined) return;
      event.preventDefault();
      at = Math.min(data.x.length - 1, Math.max(0, at + steps));
      u.setCursor({ left: u.valToPos(data.x[at], "x"), top: 0 });
      tell(readout, data, at);
    });
    plot.addEventListener("blur", () => { u.setCursor({ left: -10, top: -10 }); tell(readout, data, null); });
    new ResizeObserver(() => {
      if (plot.clientWidth && plot.clientWidth !== u.width) u.setSize({ width: plot.clientWidth, height: 190 });
    }).observe(plot);
    return u;
  };

  const drawn = new Map();
  const drawCheck = (check) => {
    if (drawn.has(check)) return;
    const all = JSON.parse(check.querySelector("script.data").textContent);
    drawn.set(check, Object.entries(all).map(([id, data]) => draw(byId(id), data)));
  };
  const redraw = () => { for (const charts of drawn.values()) charts.forEach((u) => u.redraw(false, true)); };
  const checks = find(".check");
  for (const check of checks) {
    const details = check.querySelector("details");
    if (details.open) drawCheck(check);
    details.addEventListener("toggle", () => { if (details.open) drawCheck(check); });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  /* A link to a check opens it. */
  const openNamed = () => {
    const named = location.hash.startsWith("#check-") ? byId(location.hash.slice(1)) : null;
    if (!named) return;
    const details = named.querySelector("details");
    named.hidden = false;
    details.open = true;
    named.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", openNamed);
  openNamed();
  /* The same link again changes no address. */
  find(".row a").forEach((link) => link.addEventListener("click", () => {
    if (link.hash === location.hash) openNamed();
  }));

  const openAll = (open) => checks.forEach((check) => { check.querySelector("details").open = open; });
  const folding = byId("folding");
  if (folding) {
    folding.hidden = false;
    find("button", folding).forEach((button) => button.addEventListener("click", () => openAll(button.dataset.open === "yes")));
  }

  /* On paper everything is open, and light. */
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = find(".check > details:not([open])");
    closed.forEach((details) => { details.open = true; });
    checks.forEach(drawCheck);
    redraw();
  });
  addEventListener("afterprint", () => { closed.forEach((details) => { details.open = false; }); redraw(); });

  const filter = byId("filter");
  if (filter) {
    const rows = find(".row[data-check]"), chips = find(".chip", filter), search = byId("search");
    let state = "";
    const texts = rows.map((row) => (row.textContent + " " + byId(row.dataset.check).querySelector(".test-id").textContent).toLowerCase());
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      rows.forEach((row, number) => {
        const shown = (!state || row.dataset.state === state) && words.every((word) => texts[number].includes(word));
        row.hidden = byId(row.dataset.check).hidden = !shown;
        count += shown;
      });
      byId("nothing").hidden = count > 0;
      byId("shown").textContent = count + " of " + rows.length + " checks shown";
      chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.state === state)));
    };
    chips.forEach((chip) => chip.addEventListener("click", () => { state = chip.dataset.state; apply(); }));
    search.addEventListener("input", apply);
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.hidden = false;
  }

  find(".copy").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("pre");
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
  });
})();
