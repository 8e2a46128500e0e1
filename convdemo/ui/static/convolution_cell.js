// How one output cell came about: patch, kernel, products, sum; of a max pool the winner.
(() => {
  const { make, tell } = convdemo;
  const figure = convdemo.benchFigure;
  const MANY = 12; // products

  const term = (value) => (value < 0 ? `− ${figure(-value, 6)}` : `+ ${figure(value, 6)}`);
  const chunks = (list, size) => Array.from({ length: list.length / size }, (_, place) => list.slice(place * size, (place + 1) * size));
  const sign = (text) => make("span", { class: "cd-sign", "aria-hidden": "true" }, text);

  convdemo.benchCell = (root) => {
    const [lead, sum] = [make("p", { class: "cd-quiet" }), make("p", { class: "cd-bench-sum", "data-role": "sum" })];
    const grids = make("div", { class: "cd-bench-products" });
    const why = make("p", { class: "cd-quiet" });
    const box = convdemo.scrolling("convolution.cell.numbers", grids);
    root.append(make("h2", { "data-say": "convolution.cell.title" }), lead, box, sum, why);

    // One row for each channel and slice of the kernel.
    function rows(found, reading) {
      const [slices, height, width] = reading.kernel;
      const scales = [found.patches, found.kernels, found.products].map((lists) => lists && convdemo.benchScale(lists.flat()));
      const marked = (slice) => (row, column) => ((slice * height + row) * width + column === found.winner ? "cd-marked" : null);
      const tables = (list, scale) => chunks(list, height * width).map((one, slice) => convdemo.benchTable(chunks(one, width), scale, marked(slice)));
      return found.channels.flatMap((channel, place) => {
        const patches = tables(found.patches[place], scales[0]);
        const kernels = found.kernels && tables(found.kernels[place], scales[1]);
        const products = found.products && tables(found.products[place], scales[2]);
        return patches.map((patch, slice) => {
          const name = make("span", { class: "cd-quiet" });
          if (slices > 1) tell(name, reading.channels > 1 ? "convolution.cell.channel_slice" : "convolution.cell.slice", { channel: channel + 1, slice: slice + 1 });
          else if (reading.channels > 1) tell(name, "convolution.channel", { number: channel + 1 });
          return kernels ? [name, patch, sign("×"), kernels[slice], sign("="), products[slice]] : [name, patch];
        });
      });
    }

    function tellSum(found, reading) {
      const result = figure(found.result, 6);
      if (found.winner !== null) {
        tell(sum, "convolution.cell.most", { result });
        return;
      }
      const parts = found.sums.length > 1 ? found.sums : found.products[0];
      // Of many products only those that count are written out.
      const counting = parts.length > MANY ? parts.filter(Boolean) : parts;
      const zeros = parts.length - counting.length;
      const terms = counting.map((value, place) => (place ? term(value) : figure(value, 6)));
      if (zeros) terms.push(counting.length ? `+ ${zeros}×0` : `${zeros}×0`);
      const shown = terms.length > 30 ? "…" : terms.join(" ");
      sum.classList.toggle("cd-bench-long", parts.length > MANY);
      if (reading.pool) tell(sum, "convolution.cell.mean", { result, terms: shown });
      else if (found.bias) tell(sum, "convolution.cell.sum_bias", { result, terms: shown, bias: term(found.bias) });
      else tell(sum, "convolution.cell.sum", { result, terms: shown });
    }

    // While it plays nobody wants every sum read aloud.
    function show(found, reading, playing) {
      sum.setAttribute("aria-live", playing ? "off" : "polite");
      const [slice, row, column] = reading.placeOf(found.at, reading.out).map((one) => one + 1);
      const key = ["", "convolution.cell.place_line", "convolution.cell.place_plane", "convolution.cell.place_block"][reading.dims];
      tell(lead, key, { filter: found.filter + 1, slice, row, column });
      // A column for names only where there are several rows to be told apart.
      const from = reading.kernel[0] > 1 || reading.channels > 1 ? 0 : 1;
      const lines = rows(found, reading).map((line) => line.slice(from));
      grids.style.setProperty("--columns", lines[0].length);
      const head = (found.kernels ? ["", "patch", "", "kernel", "", "product"] : ["", "patch"]).slice(from)
        .map((name) => make("span", { class: "cd-quiet", ...(name && { "data-say": `convolution.cell.${name}` }) }));
      grids.replaceChildren(...head, ...lines.flat());
      tellSum(found, reading);
      tell(why, `convolution.cell.${reading.kind}_why`);
    }

    return { show };
  };
})();
