// What one output cell is made of: which inputs it reads, and the sum. The numbers come from Python once
// for each change of the settings; every step of the playing is computed here.
convdemo.benchReading = ({ settings, cells, pads, output_shape: shape }) => {
  const { dims, kind } = settings;
  const three = (list, fill) => [...Array(3 - dims).fill(fill), ...list]; // as slices, rows, columns
  const size = three(settings.size, 1);
  const kernel = three(settings.kernel, 1);
  const stride = three(settings.stride, 1);
  const dilation = three(settings.dilation, 1);
  const before = three(pads.map(([first]) => first), 0);
  const lines = three(cells.lines, [0]);
  const out = three(shape.slice(1), 1);
  const product = (list) => list.reduce((one, other) => one * other, 1);
  const [area, count, volume] = [product(size), product(out), product(kernel)];
  const [filters, pool] = [shape[0], kind === "max" || kind === "average"];
  const padded = lines.map((line) => line.length);

  const flat = (at, [, rows, columns]) => (at[0] * rows + at[1]) * columns + at[2];
  const placeOf = (index, [, rows, columns]) =>
    [Math.floor(index / (rows * columns)), Math.floor(index / columns) % rows, index % columns];

  // For each weight of the kernel where it lies on the padded input, and which input is there: null for
  // a zero, or in a transposed convolution for none.
  function taps(at) {
    const place = placeOf(at, out);
    return Array.from({ length: volume }, (_, index) => {
      const tap = placeOf(index, kernel);
      if (kind === "transposed") {
        const reached = tap.map((one, axis) => place[axis] + before[axis] - dilation[axis] * one);
        const source = reached.map((one, axis) => one / stride[axis]);
        const falls = source.every((one, axis) => Number.isInteger(one) && one >= 0 && one < size[axis]);
        return { lies: falls ? source : null, source: falls ? source : null };
      }
      const lies = tap.map((one, axis) => place[axis] * stride[axis] + dilation[axis] * one);
      const source = lies.map((one, axis) => lines[axis][one]);
      return { lies, source: source.every((one) => one >= 0) ? source : null };
    });
  }

  // How the cell `at` of a filter came about, channel by channel.
  function cell(filter, at) {
    const each = settings.channels / settings.groups;
    const first = pool ? filter : Math.floor(filter / (filters / settings.groups)) * each;
    const channels = Array.from({ length: pool ? 1 : each }, (_, place) => first + place);
    const under = taps(at);
    const edge = kind === "max" ? -Infinity : 0;
    const patches = channels.map((channel) => under.map(({ source }) => (source ? cells.input[channel * area + flat(source, size)] : edge)));
    const found = { filter, at, channels, taps: under, patches, kernels: null, products: null, sums: null, bias: 0, winner: null };
    if (kind === "max") {
      const winner = patches[0].indexOf(Math.max(...patches[0]));
      return { ...found, winner, result: patches[0][winner] };
    }
    const weights = cells.filters?.[filter].values;
    found.kernels = channels.map((_, place) => under.map((__, index) => (pool ? 1 / volume : weights[place * volume + index])));
    found.products = patches.map((patch, place) => patch.map((value, index) => value * found.kernels[place][index]));
    found.sums = found.products.map((products) => products.reduce((one, other) => one + other, 0));
    found.bias = cells.bias?.[filter] ?? 0;
    return { ...found, sum: found.sums.reduce((one, other) => one + other, 0), result: found.sums.reduce((one, other) => one + other, found.bias) };
  }

  return {
    dims, kind, size, kernel, dilation, out, padded, lines, before, filters, count, area, pool, cell, flat, placeOf,
    channels: settings.channels,
    output: (filter, at) => cells.output[filter * count + at],
    // The cell of the first filter with the most to see.
    strongest: () => {
      const values = cells.output.slice(0, count).map((value) => Math.abs(value ?? 0));
      return values.indexOf(Math.max(...values));
    },
    input: (channel, source) => cells.input[channel * area + flat(source, size)],
  };
};
