// The end of a network by its task: output, loss and gradient, and what an activation too many does.
(() => {
  const { make, tell } = convdemo;
  const { figure } = convdemo.lessonText;
  const TASKS = {
    regression: { scores: [-1.5], target: 2, line: "nn.MSELoss()(s, t)", trap: "nn.MSELoss()(torch.relu(s), t)" },
    binary: { scores: [1.2], target: 1, line: "nn.BCEWithLogitsLoss()(s, t)", trap: "nn.BCEWithLogitsLoss()(torch.sigmoid(s), t)" },
    classes: { scores: [2, 0.5, -1], target: 0, line: "nn.CrossEntropyLoss()(s, t)", trap: "nn.CrossEntropyLoss()(torch.softmax(s, 1), t)" },
  };

  // One of the two ends: the line of PyTorch, what comes out, the loss, the gradient.
  function end(name) {
    const line = make("code");
    const [outputs, loss, gradient] = ["outputs", "loss", "gradient"].map((what) => make("dd", { class: "cd-lesson-number", "data-end": `${name}.${what}` }));
    const why = make("p", { class: "cd-quiet" });
    const node = make("div", { class: `cd-end cd-end-${name}` }, make("h3", { "data-say": `lessons.output.${name}` }), make("p", { class: "cd-end-line" }, line),
      make("dl", { class: "cd-lesson-facts" },
        ...[["outputs", outputs], ["loss", loss], ["gradient", gradient]].map(([what, value]) => make("div", {}, make("dt", { "data-say": `lessons.output.${what}` }), value))), why);

    function show(task, found) {
      line.textContent = TASKS[task][name === "right" ? "line" : "trap"];
      outputs.textContent = found.outputs.map((one) => figure(one)).join(", ");
      loss.textContent = figure(found.loss, 4);
      gradient.textContent = found.gradient.map((one) => figure(one, 4)).join(", ");
      tell(why, `lessons.output.${task}.${name}`);
    }

    return { node, show };
  }

  convdemo.lessonOutput = (root, { server }) => {
    const lesson = convdemo.lesson(root, "output", {
      server, serve: "output", show, payload: () => ({ task: task.value, scores: scores.map(({ value }) => value), target: target() }),
    });
    const fields = make("div", { class: "cd-lesson-fields" });
    const targets = make("div");
    let scores = [];
    let target = () => 0;
    const task = convdemo.lessonSegments("lessons.output.task", Object.keys(TASKS).map((name) => [name, `lessons.output.task.${name}`]), set);

    function set(name) {
      const { scores: given, target: wanted } = TASKS[name];
      const several = given.length > 1;
      scores = given.map((value, place) => convdemo.lessonField({
        key: several ? "lessons.output.score_of" : "lessons.output.score", values: { number: place }, low: -10, high: 10, value, onChange: () => lesson.ask(),
      }));
      fields.replaceChildren(...scores.map(({ field }) => field));
      if (several) {
        const picker = make("select", { class: "cd-select", onchange: () => lesson.ask() }, ...given.map((_, place) => {
          const option = make("option", { value: place });
          tell(option, "lessons.output.class", { number: place });
          return option;
        }));
        picker.value = wanted;
        target = () => Number(picker.value);
        targets.replaceChildren(make("label", { class: "cd-field" }, make("span", { "data-say": "lessons.output.target" }), picker));
      } else {
        const bounds = name === "binary" ? { low: 0, high: 1 } : { low: -10, high: 10 };
        const field = convdemo.lessonField({ key: "lessons.output.target", ...bounds, value: wanted, onChange: () => lesson.ask() });
        target = () => field.value;
        targets.replaceChildren(field.field);
      }
      lesson.ask();
    }

    lesson.controls.append(task.field, fields, targets, make("p", { class: "cd-quiet", "data-say": "lessons.output.letters" }));
    const [right, trapped] = [end("right"), end("trapped")];
    const chartBox = make("div");
    lesson.stage.append(make("div", { class: "cd-lesson-split" }, right.node, trapped.node), chartBox);
    const chart = convdemo.lessonChart(chartBox, { alt: "lessons.output.chart", across: "lessons.output.across" });

    function show(reply) {
      right.show(task.value, reply.right);
      trapped.show(task.value, reply.trapped);
      const { x, right: one, trapped: other } = reply.curve;
      const most = task.value === "regression" ? 30 : 6;
      chart.show({
        lines: [["right", one], ["trapped", other]].map(([name, values]) => ({ key: `lessons.output.${name}`, points: x.map((value, place) => [value, values[place]]).filter(([, value]) => value <= most * 1.02) })),
        x: [x[0], x.at(-1)], y: [0, most], ticksX: convdemo.lessonTicks(x[0], x.at(-1)), ticksY: convdemo.lessonTicks(0, most),
        point: [scores[reply.place].value, reply.right.loss],
      });
    }

    set("regression");
    return lesson.ask;
  };
})();
