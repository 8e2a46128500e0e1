// One optimizer step after another on two weights, every number of an update written out.
(() => {
  const { make, retell } = convdemo;
  const { figure, bracketed } = convdemo.lessonText;
  const OPTIMIZERS = ["sgd", "momentum", "rmsprop", "adam"];
  const LOSSES = ["valley", "bowl", "neuron"];
  const SETTINGS = {
    sgd: {}, momentum: { momentum: 0.9 }, rmsprop: { alpha: 0.99 }, adam: { beta1: 0.9, beta2: 0.999 },
  };
  const RATES = { sgd: -1, momentum: -1.6, rmsprop: -1, adam: -0.6 }; // exponents that show what each is like
  const MOST = 60;
  const EPSILON = "10⁻⁸";
  const f = (value) => figure(value, 4);
  const b = (value) => bracketed(value, 4);

  // The rows of an update: what it is in letters, and its numbers for one of the weights.
  const ROWS = {
    sgd: () => [],
    momentum: ({ momentum }) => [["v ← μ·v + g", ({ before, gradient, after }) => `${momentum}·${b(before.v)} + ${b(gradient)} = ${f(after.v)}`]],
    rmsprop: ({ alpha }) => [["s ← α·s + (1 − α)·g²", ({ before, gradient, after }) => `${alpha}·${f(before.s)} + ${Number((1 - alpha).toFixed(6))}·${b(gradient)}² = ${f(after.s)}`]],
    adam: ({ beta1, beta2 }, number) => [
      ["m ← β₁·m + (1 − β₁)·g", ({ before, gradient, after }) => `${beta1}·${b(before.m)} + ${Number((1 - beta1).toFixed(6))}·${b(gradient)} = ${f(after.m)}`],
      ["s ← β₂·s + (1 − β₂)·g²", ({ before, gradient, after }) => `${beta2}·${f(before.s)} + ${Number((1 - beta2).toFixed(6))}·${b(gradient)}² = ${f(after.s)}`],
      ["m̂ = m / (1 − β₁ᵗ)", ({ after, corrected }) => `${f(after.m)} / (1 − ${beta1}^${number}) = ${f(corrected.m)}`],
      ["ŝ = s / (1 − β₂ᵗ)", ({ after, corrected }) => `${f(after.s)} / (1 − ${beta2}^${number}) = ${f(corrected.s)}`],
    ],
  };
  const CHANGES = {
    sgd: ["Δ = −η·g", ({ gradient }) => b(gradient)],
    momentum: ["Δ = −η·v", ({ after }) => b(after.v)],
    rmsprop: ["Δ = −η·g / (√s + ε)", ({ gradient, after }) => `${b(gradient)} / (√${f(after.s)} + ${EPSILON})`],
    adam: ["Δ = −η·m̂ / (√ŝ + ε)", ({ corrected }) => `${b(corrected.m)} / (√${f(corrected.s)} + ${EPSILON})`],
  };

  // Of a move what belongs to one of the weights.
  const part = (move, axis) => {
    const each = (state) => Object.fromEntries(Object.entries(state).map(([name, pair]) => [name, pair[axis]]));
    return {
      weight: move.weights[axis], gradient: move.gradient[axis], change: move.change[axis], ended: move.ended[axis],
      before: each(move.before), after: each(move.after), corrected: each(move.corrected),
    };
  };

  convdemo.lessonOptimizer = (root, { server }) => {
    let steps = 3;
    let start = null; // null for where the loss begins
    let settings = {};
    const lesson = convdemo.lesson(root, "optimizer", {
      server, serve: "optimizer", show,
      payload: () => ({
        optimizer: optimizer.value, loss: losses.select.value, rate: rate.value, steps, ...(start && { start }),
        ...Object.fromEntries(Object.entries(settings).map(([name, field]) => [name, field.value])),
      }),
    });
    const optimizer = convdemo.lessonSegments("lessons.optimizer.which", OPTIMIZERS.map((name) => [name, `lessons.optimizer.${name}`]), choose);
    const losses = convdemo.lessonPicker("lessons.optimizer.loss", LOSSES.map((name) => [name, `lessons.optimizer.loss.${name}`]), () => {
      start = null;
      lesson.ask();
    });
    const rate = convdemo.lessonSlider({
      key: "lessons.rate", low: -3, high: 0, step: 0.1, value: RATES.sgd,
      scale: (place) => Number((10 ** place).toPrecision(2)), text: String, onChange: () => lesson.ask(),
    });
    const own = make("div", { class: "cd-lesson-fields" });
    const starts = [0, 1].map((axis) => convdemo.lessonField({
      key: "lessons.optimizer.start", values: { number: "₁₂"[axis] }, low: -3, high: 3, value: 0,
      onChange: () => {
        start = starts.map(({ value }) => value);
        lesson.ask();
      },
    }));
    lesson.controls.append(optimizer.field, losses.field, rate.field,
      convdemo.lessonMore(own, make("div", { class: "cd-lesson-fields" }, ...starts.map(({ field }) => field))));

    const go = (name, to) => convdemo.lessonButton(`lessons.optimizer.${name}`, () => walk(to()), { "data-step": name });
    const buttons = { again: go("again", () => 1), back: go("back", () => steps - 1), one: go("one", () => steps + 1), ten: go("ten", () => steps + 10) };
    buttons.one.classList.add("cd-primary");
    const where = make("p", { class: "cd-words cd-lesson-number", role: "status", "data-role": "step" });
    const planeBox = make("div");
    const chartBox = make("div");
    const told = make("div", { "data-role": "update" });
    lesson.stage.append(make("div", { class: "cd-toolbar cd-graph-steps" }, buttons.one, buttons.ten, buttons.back, buttons.again), where,
      make("div", { class: "cd-lesson-split cd-lesson-update" }, planeBox, chartBox), told);
    const plane = convdemo.lessonPlane(planeBox, { alt: "lessons.optimizer.plane", axes: ["w₁", "w₂"], onPick: (weights) => {
      starts.forEach((field, axis) => field.set(weights[axis]));
      start = weights;
      lesson.ask();
    } });

    const chart = convdemo.lessonChart(chartBox, { alt: "lessons.optimizer.chart", across: "lessons.optimizer.across" });

    function walk(to) {
      steps = Math.max(1, Math.min(MOST, to));
      lesson.ask();
    }

    function choose(name) {
      settings = Object.fromEntries(Object.entries(SETTINGS[name]).map(([setting, value]) => [setting, convdemo.lessonField({
        key: `lessons.optimizer.${setting}`, low: 0, high: 0.9999, step: 0.001, value, onChange: () => lesson.ask(),
      })]));
      own.replaceChildren(...Object.values(settings).map(({ field }) => field));
      rate.set(RATES[name]);
      lesson.ask();
    }

    function show(reply) {
      const move = reply.moves.at(-1);
      const number = reply.moves.length;
      if (reply.lost) steps = number;
      buttons.back.disabled = buttons.again.disabled = number === 1;
      buttons.one.disabled = buttons.ten.disabled = reply.lost || number === MOST;
      retell(where, reply.lost ? "lessons.optimizer.lost" : "lessons.optimizer.step", { number, before: f(move.loss), after: f(reply.loss) });
      plane.show(reply);
      const heights = [...reply.moves.map(({ loss }) => loss), reply.loss];
      const last = Math.max(5, number);
      const top = Math.max(...heights) * 1.05;
      chart.show({
        lines: [{ key: "lessons.loss", points: heights.map((loss, place) => [place, loss]) }], x: [0, last], y: [0, top],
        ticksX: convdemo.lessonTicks(0, last).filter(([value]) => Number.isInteger(value)),
        ticksY: convdemo.lessonTicks(0, top).map(([value]) => [value, convdemo.figure(value)]), point: [number, reply.loss],
      });
      const chosen = Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]));
      const [letters, direction] = CHANGES[optimizer.value];
      const rows = [
        [["lessons.optimizer.weight"], ({ weight }) => f(weight)],
        [["lessons.optimizer.gradient"], ({ gradient }) => f(gradient)],
        ...ROWS[optimizer.value](chosen, number),
        [letters, (one) => `−${rate.value} · ${direction(one)} = ${f(one.change)}`],
        [["lessons.optimizer.ended"], (one) => `${f(one.weight)} + ${b(one.change)} = ${f(one.ended)}`],
      ];
      told.replaceChildren(convdemo.lessonTable("lessons.optimizer.update", [["lessons.optimizer.update"], "w₁", "w₂"],
        rows.map(([name, write]) => [name, write(part(move, 0)), write(part(move, 1))])));
      if (!start) starts.forEach((field, axis) => field.set(reply.path[0][axis]));
    }

    lesson.ask();
    return lesson.ask;
  };
})();
