// One map seen large, beside the picture: its numbers, the filter that made it, and the cell in it
// that is pointed at.
(() => {
  const { make, tell, call, latest, figure } = convdemo;
  const WAYS = ["smooth", "cells"];
  const STATISTICS = ["min", "max", "mean", "std", "zeros"];

  convdemo.explainMap = (node, { server, scale }) => {
    node.className = "cd-map";
    node.hidden = true;
    const title = make("h3");
    const ways = make("div", { class: "cd-segments", role: "group", "data-say-label": "explain.way" }, ...WAYS.map((name) =>
      make("button", { type: "button", value: name, "data-say": `explain.way.${name}`, "data-say-tip": `explain.way.${name}.why`, onclick: () => setWay(name) })));
    const image = make("img", { alt: "" });
    const cells = make("canvas", { "aria-hidden": "true" });
    const mark = make("i", { class: "cd-cell-mark", "aria-hidden": "true" });
    const large = make("div", { class: "cd-map-large", tabindex: "0", role: "application", "data-say-label": "explain.large" }, image, cells, mark);
    const place = make("p", { class: "cd-words", role: "status" });
    const status = make("p", { class: "cd-words", role: "status" });
    const field = convdemo.inputField(make("div"));
    const facts = make("dl", { class: "cd-map-facts" });
    const filter = make("div", { class: "cd-map-filter" });
    const numbers = convdemo.cellNumbers(make("div"));
    node.append(
      make("div", { class: "cd-map-head" }, title, ways), status,
      make("div", { class: "cd-map-pictures" },
        make("figure", {}, large, make("figcaption", {}, place, make("p", { class: "cd-quiet", "data-say": "explain.point" }))),
        field.node,
        make("div", {}, facts, filter)),
      numbers.node);
    let way = "smooth";
    let subject = null; // {request, look}
    let shown = null; // {channel, maps, stage, subject, size}: the map that is here

    const cell = convdemo.pointedCell(large, mark, { onCell: () => askCell() });

    const askMap = latest(async (stale) => {
      const about = shown;
      if (!about) return;
      const { channel, stage } = about;
      const reply = await call(server.one_map, { ...about.subject.request, stage: stage.name, channel }, stale);
      if (stale() || shown !== about) return;
      if (reply.problem) refuse(reply);
      else fill(about, reply);
    });

    const askCell = latest(async (stale) => {
      const [about, at] = [shown, cell.at];
      if (!about?.size || !at) return;
      const [row, column] = at;
      const asked = { ...about.subject.request, stage: about.stage.name, channel: about.channel, row, column };
      const reply = await call(server.cell, asked, stale);
      if (stale() || shown !== about) return;
      if (reply.problem) refuse(reply);
      else showCell(about, at, reply);
    });

    function refuse({ problem, values }) {
      tell(status, `problem.${problem}`, values);
      tell(place, "");
      field.show(null);
      numbers.clear();
    }

    function fill(about, reply) {
      const [height, width] = reply.size;
      about.size = reply.size;
      about.peak = Math.max(Math.abs(reply.statistics.min), Math.abs(reply.statistics.max));
      tell(status, "");
      image.src = reply.image;
      large.style.setProperty("--shape", width / height);
      // A map that was made smaller for the way here has no cells to show.
      const whole = about.maps.height === height && about.maps.width === width;
      ways.hidden = !whole;
      node.classList.remove("cd-old");
      facts.replaceChildren(...STATISTICS.map((name) => {
        const value = reply.statistics[name];
        return make("div", {}, make("dt", { "data-say": `explain.statistic.${name}` }),
          make("dd", {}, name === "zeros" ? `${Math.round(value * 100)}%` : figure(value)));
      }));
      filter.replaceChildren(...(reply.filter ? madeBy(reply.filter) : []));
      paint();
      const [row, column] = about.maps.strongest(about.channel);
      cell.use(height, width, [
        Math.floor(((row + 0.5) * height) / about.maps.height), Math.floor(((column + 0.5) * width) / about.maps.width),
      ]);
    }

    function madeBy({ convolution, inputs, slices, values }) {
      const packed = convdemo.unpackMaps(slices);
      const strongest = Math.max(...packed.peaks);
      const lead = make("p", { class: "cd-quiet" });
      const key = inputs === 1 ? "explain.filter_one" : inputs > packed.count ? "explain.filter_first" : "explain.filter";
      tell(lead, key, { inputs: convdemo.grouped(inputs), shown: packed.count, height: packed.height, width: packed.width });
      if (values) return [heading(convolution), lead, convdemo.numberTable(values, strongest)];
      const canvases = Array.from({ length: packed.count }, (_, at) => {
        const canvas = make("canvas", { "aria-hidden": "true" });
        packed.paint(canvas, at, strongest);
        return canvas;
      });
      return [heading(convolution), lead, make("div", { class: "cd-slices", style: `--shape: ${packed.width / packed.height}` }, ...canvases)];
    }

    // A stage without a convolution, such as a pool, has the maps of an earlier one.
    function heading(convolution) {
      const node = make("h4");
      const [stage] = convolution.split(".");
      tell(node, stage === shown.stage.name ? "explain.filter_here" : "explain.filter_before", convdemo.stageWords(stage));
      return node;
    }

    function showCell(about, [row, column], reply) {
      tell(status, "");
      tell(place, "explain.cell", { row, column, value: figure(reply.value) });
      field.show(reply);
      const looked = about.subject.look;
      const first = about.stage.name === looked.stages[0].name && about.stage.layers.filter((kind) => kind === "Conv2d").length === 1;
      numbers.show(reply, first ? looked.input_size[0] : null);
    }

    function setWay(name) {
      way = name;
      paint();
    }

    function paint() {
      for (const button of ways.children) button.setAttribute("aria-pressed", button.value === way);
      if (!shown?.size) return;
      const inCells = way === "cells" && !ways.hidden;
      cells.hidden = !inCells;
      image.hidden = inCells;
      const { maps, channel, stage } = shown;
      if (inCells) maps.paint(cells, channel, scale.end(maps.peaks[channel], convdemo.stageEnd(stage)));
    }

    function show(channel, maps, stage) {
      if (channel === null) {
        clear();
        return;
      }
      node.hidden = false;
      node.classList.add("cd-old");
      tell(title, "explain.map_of", { map: channel, ...convdemo.stageWords(stage.name) });
      shown = { channel, maps, stage, subject, size: null };
      askMap();
    }

    function clear() {
      shown = null;
      node.hidden = true;
      cell.clear();
      tell(place, "");
      tell(status, "");
      field.show(null);
      numbers.clear();
    }

    return {
      node, show, clear, paint,
      // What the maps are of; the map that is here belongs to the last one until it is shown anew.
      use: (about) => {
        subject = about;
        field.use(about.look);
        if (shown) node.classList.add("cd-old");
      },
    };
  };
})();
