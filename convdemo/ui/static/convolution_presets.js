// Where the bench can start from: whole settings, each with something to see.
(() => {
  const fill = (dims, value) => Array(dims).fill(value);

  const whole = ({ size, kernel, ...others }) => {
    const dims = size.length;
    return {
      dims, kind: "convolution", size: [...size], channels: 1, filters: 1, kernel: [...kernel], stride: fill(dims, 1),
      padding: "valid", pads: fill(dims, 0), padding_mode: "zeros", dilation: fill(dims, 1), groups: 1, bias: true,
      output_padding: fill(dims, 0), kernels: [], was: "kernel", ...others,
    };
  };

  const PRESETS = {
    course: () => whole({ size: [5], kernel: [3], input: { source: "ones" }, kernels: [{ name: "gaussian" }], bias: false }),
    signal: () => whole({ size: [16], kernel: [3], input: { source: "steps" }, kernels: [{ name: "gaussian" }] }),
    edges: () => whole({ size: [9, 9], kernel: [3, 3], filters: 2, input: { source: "square" }, kernels: [{ name: "sobel_x" }, { name: "sobel_y" }] }),
    same: () => whole({ size: [9, 9], kernel: [3, 3], padding: "same", padding_mode: "reflect", input: { source: "cross" }, kernels: [{ name: "gaussian" }] }),
    stride: () => whole({ size: [8, 8], kernel: [3, 3], stride: [2, 2], input: { source: "checker" }, kernels: [{ name: "blur" }] }),
    dilated: () => whole({ size: [11, 11], kernel: [3, 3], dilation: [2, 2], input: { source: "impulse" }, kernels: [{ name: "blur" }] }),
    pool: () => whole({ kind: "max", size: [8, 8], kernel: [2, 2], stride: [2, 2], input: { source: "gradient" }, was: "pool" }),
    transposed: () => whole({
      kind: "transposed", size: [4, 4], kernel: [3, 3], stride: [2, 2], padding: "number", pads: [1, 1], output_padding: [1, 1], input: { source: "square" }, kernels: [{ name: "gaussian" }],
    }),
    channels: () => whole({ size: [8, 8], kernel: [3, 3], channels: 3, filters: 2, input: { source: "square" }, kernels: [{ name: "blur" }, { name: "random", seed: 3 }] }),
    motion: () => whole({ size: [5, 7, 7], kernel: [3, 3, 3], input: { source: "moving_square" }, kernels: [{ name: "sobel_z" }] }),
    ball: () => whole({ size: [5, 6, 6], kernel: [2, 2, 2], input: { source: "ball" }, kernels: [{ name: "blur" }] }),
    large: () => whole({ size: [26, 26], kernel: [3, 3], channels: 32, filters: 64, input: { source: "square" } }),
  };

  convdemo.benchPresets = Object.keys(PRESETS).filter((name) => name !== "signal");
  convdemo.benchPreset = (name) => PRESETS[name]();
})();
