// What normalising the inputs does: the same descent on raw and on normalised inputs, side by side.
(() => {
  const { make, retell } = convdemo;
  const { figure, powerOfTen } = convdemo.lessonText;

  function side(name) {
    const planeBox = make("div");
    const facts = Object.fromEntries(["limit", "rate", "ratio", "after"].map((what) => [what, make("dd", { class: "cd-lesson-number", "data-fact": `${name}.${what}` })]));
    const node = make("div", { class: "cd-scaled" }, make("h3", { "data-say": `lessons.scaled.${name}` }), planeBox,
      make("dl", { class: "cd-lesson-facts" }, ...Object.entries(facts).map(([what, value]) => make("div", {}, make("dt", { "data-say": `lessons.scaled.${what}` }), value))));
    const plane = convdemo.lessonPlane(planeBox, { alt: `lessons.scaled.plane_${name}`, axes: ["w₁", "w₂"] });

    function show(reply) {
      plane.show(reply);
      facts.limit.textContent = figure(reply.limit, 4);
      facts.rate.textContent = figure(reply.rate, 4);
      facts.ratio.textContent = figure(reply.curvatures[1] / reply.curvatures[0], 1);
      facts.after.textContent = reply.lost ? "∞" : figure(reply.losses.at(-1), 4);
    }

    return { node, show };
  }

  convdemo.lessonScaled = (root, { server }) => {
    const lesson = convdemo.lesson(root, "scaled", {
      server, serve: "scaled", show,
      payload: () => ({ scale: scale.value, mean: mean.value, share: share.value, mode: mode.value, steps: steps.value }),
    });
    const slider = (key, low, high, step, value, text) => convdemo.lessonSlider({ key: `lessons.scaled.${key}`, low, high, step, value, text, onChange: () => lesson.ask() });
    const share = slider("share", 0.05, 1.2, 0.05, 0.9, (value) => `${Math.round(value * 100)}%`);
    const scale = slider("scale", 1, 30, 1, 5, (value) => `${value}×`);
    const steps = slider("steps", 1, 60, 1, 20, String);
    const mean = slider("mean", 0, 3, 0.5, 0, String);
    const mode = convdemo.lessonSegments("lessons.scaled.mode", [["own", "lessons.scaled.own"], ["same", "lessons.scaled.same"]], () => lesson.ask());
    lesson.controls.append(share.field, scale.field, steps.field,
      make("div", { class: "cd-field" }, make("span", { "data-say": "lessons.scaled.mode" }), mode.field), convdemo.lessonMore(mean.field));
    const [raw, normal] = [side("raw"), side("normal")];
    const verdict = make("p", { class: "cd-words", role: "status", "data-role": "verdict" });
    const chartBox = make("div");
    lesson.stage.append(verdict, make("div", { class: "cd-lesson-split" }, raw.node, normal.node), chartBox, make("p", { class: "cd-quiet", "data-say": "lessons.scaled.why" }));
    const chart = convdemo.lessonChart(chartBox, { alt: "lessons.scaled.chart", across: "lessons.scaled.across" });

    function show(reply) {
      raw.show(reply.raw);
      normal.show(reply.normal);
      const word = reply.raw.rate > reply.raw.limit || reply.normal.rate > reply.normal.limit ? "flight" : "told";
      retell(verdict, `lessons.scaled.${word}`, { steps: steps.value, raw: figure(reply.raw.losses.at(-1), 4), normal: figure(reply.normal.losses.at(-1), 4) });
      const above = ({ losses, least }) => losses.map((loss, step) => [step, Math.max(1e-6, loss - least)]);
      const lines = [["raw", above(reply.raw)], ["normal", above(reply.normal)]];
      const most = Math.min(6, Math.ceil(Math.log10(Math.max(...lines.flatMap(([, points]) => points.map(([, loss]) => loss))))));
      const powers = [...Array(most + 7).keys()].map((place) => place - 6).filter((power) => power % 2 === 0);
      chart.show({
        lines: lines.map(([name, points]) => ({ key: `lessons.scaled.${name}`, points })), x: [0, Math.max(1, steps.value)], y: [1e-6, 10 ** most], logY: true,
        ticksX: convdemo.lessonTicks(0, Math.max(1, steps.value)).filter(([value]) => Number.isInteger(value)), ticksY: powers.map((power) => [10 ** power, powerOfTen(power)]),
      });
    }

    lesson.ask();
    return lesson.ask;
  };
})();
