// What there is to look into in the Explain tab: the models, and pictures to begin with.
(() => {
  const { make, tell, count } = convdemo;

  // The picker of a model, grouped by what the models read; `onChange` is called when the visitor
  // chooses another one.
  convdemo.explainModels = (select, line, { onChange }) => {
    let models = [];

    const chosen = () => models.find(({ name }) => name === select.value) ?? null;

    function tellLine() {
      const model = chosen();
      if (!model) tell(line, "");
      else if (model.dataset === "imagenet") tell(line, "explain.backbone_line", { title: "EfficientNet-Lite0", parameters: count(model.parameters) });
      else if (model.backbone) tell(line, "explain.backbone_line", { ...model, parameters: count(model.parameters) });
      else tell(line, ...convdemo.modelLine(model, convdemo.datasetKey(model.dataset)));
    }

    function backboneOption({ name, title, megabytes }) {
      const option = make("option", { value: name });
      tell(option, "explain.backbone_option", { title, megabytes });
      return option;
    }

    // What is chosen stays chosen while it is there.
    function offer(entries, backbones) {
      const before = select.value;
      // Backbones read photos, and come after the models that are here.
      const others = backbones.map((one) => ({ ...one, job: "photos", backbone: true }));
      models = [...entries, ...others];
      const jobs = [...new Set(entries.map(({ job }) => job))];
      const group = (name, options) => make("optgroup", { "data-say-group": `explain.job.${name}` }, ...options);
      select.replaceChildren(
        ...jobs.map((job) => group(job, entries.filter((model) => model.job === job).map(convdemo.modelOption))),
        group("backbones", others.map(backboneOption)));
      if (!choose(before) && models.length) choose(models[0].name);
    }

    // Whether there is a model of that name: then it is chosen.
    function choose(name) {
      if (!models.some((model) => model.name === name)) return false;
      select.value = name;
      tellLine();
      return true;
    }

    // A picture of another job, or of a data set, gets the first model for it, if there is one.
    function fit(fits) {
      const model = chosen();
      const better = model && fits(model) ? null : models.find(fits);
      if (better) choose(better.name);
    }

    select.addEventListener("change", () => {
      tellLine();
      onChange();
    });

    return {
      offer, choose, fit,
      has: (fits) => models.some(fits),
      get name() { return chosen()?.name ?? null; },
      get chosen() { return chosen(); },
    };
  };

  // Rows of examples and buttons for data sets. `onPick` gets what Python needs, {example, job} or
  // {sample, dataset}, and whether a model is for such pictures.
  convdemo.explainPictures = ({ rows, samples, field, examples, models, onPick }) => {
    const offered = Object.entries(examples).map(([job, pictures]) => {
      const row = make("div", { class: "cd-examples", role: "group", "data-say-label": `explain.job.${job}` });
      const fits = (model) => model.job === job;
      convdemo.examples(row, pictures, (example) => onPick({ example, job }, fits));
      rows.append(row);
      return { row, fits };
    });

    // Only what a model is there for.
    function offer(datasets, pictures) {
      for (const { row, fits } of offered) row.hidden = !models.has(fits);
      convdemo.sampleButtons(samples, {
        datasets: datasets.filter((dataset) => models.has((model) => model.dataset === dataset)), pictures, why: "explain.samples_why",
        onPick: (drawn) => onPick(drawn, (model) => model.dataset === drawn.dataset),
      });
      field.hidden = !samples.children.length;
    }

    return { offer };
  };
})();
