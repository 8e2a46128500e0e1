// Numbers on the bench as colours, as text and in small tables.
(() => {
  const { make } = convdemo;
  // Dark violet to yellow in steps that look alike, for what is never below zero.
  const UNSIGNED = [
    [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88],
    [181, 222, 43], [253, 231, 37],
  ];

  const between = (stops, share) => {
    const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(at));
    return stops[first].map((one, place) => Math.round(one + (stops[first + 1][place] - one) * (at - first)));
  };

  // The scale for some numbers: signed where one of them is below zero, its ends at the strongest.
  convdemo.benchScale = (values) => {
    let [end, signed] = [0, false];
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      end = Math.max(end, Math.abs(value));
      signed ||= value < 0;
    }
    end ||= 1;
    const stops = signed ? convdemo.signedScale : UNSIGNED;
    const colour = (value) => between(stops, signed ? (value / end + 1) / 2 : value / end);
    return {
      signed, end, stops, colour,
      css: (value) => `rgb(${colour(value).join(" ")})`,
      ink: (value) => convdemo.inkOn(colour(value)),
    };
  };

  // The scale for bars: always signed, so that zero stays where it is.
  convdemo.benchBars = (values) => {
    const { end } = convdemo.benchScale(values);
    return convdemo.benchScale([end, -end]);
  };

  // A number in at most `digits` digits that count; minus infinity is a window of nothing but padding.
  convdemo.benchFigure = (value, digits = 4) => {
    if (value === null || value === -Infinity) return "−∞";
    const rounded = Number(value.toPrecision(digits));
    const text = Math.abs(rounded) >= 1e7 || (rounded !== 0 && Math.abs(rounded) < 1e-4) ? rounded.toExponential(1) : String(rounded);
    return (rounded === 0 ? "0" : text).replaceAll("-", "−");
  };

  // What the colours of a grid stand for.
  convdemo.benchLegend = (root) => {
    const [low, high] = [make("span"), make("span")];
    const bar = make("i", { "aria-hidden": "true" });
    root.classList.add("cd-bench-legend");
    root.append(low, bar, high);
    return (scale) => {
      low.textContent = scale.signed ? convdemo.benchFigure(-scale.end, 3) : "0";
      high.textContent = convdemo.benchFigure(scale.end, 3);
      bar.style.background = `linear-gradient(90deg, ${scale.stops.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
    };
  };

  // Rows of numbers on their colours; `marked(row, column)` is a class for a cell, or null.
  convdemo.benchTable = (rows, scale, marked = () => null) => {
    const digits = rows[0].length > 4 ? 2 : 4;
    return make("table", { class: "cd-numbers cd-bench-numbers" }, make("tbody", {}, ...rows.map((row, top) =>
      make("tr", {}, ...row.map((value, left) => make("td", {
        class: marked(top, left),
        style: value === null || !Number.isFinite(value) ? null : `background: ${scale.css(value)}; color: ${scale.ink(value)}`,
      }, convdemo.benchFigure(value, digits)))))));
  };
})();
