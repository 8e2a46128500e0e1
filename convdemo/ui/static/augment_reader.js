// Who reads the tiles: a model for clothes, for digits or for photos, or nobody.
(() => {
  const { make, tell } = convdemo;

  convdemo.AUGMENT_JOBS = { clothes: "tab.clothes", digits: "augment.digits", photos: "augment.photos" };

  convdemo.augmentReader = (select, { onChange }) => {
    let models = null; // names by job
    let job = "clothes"; // whose model reads, until the visitor chooses
    let away = false; // whether nobody reads only because there is no model for the job

    const value = (jobName, model) => JSON.stringify([jobName, model]);

    // The first model of the job, or nobody until there is one.
    function pick() {
      const [model] = models[job] ?? [];
      away = !model;
      select.value = model ? value(job, model) : "";
    }

    // What is chosen stays chosen while it is offered.
    function offer(offered) {
      const before = models && select.value;
      models = offered;
      select.replaceChildren(make("option", { value: "", "data-say": "augment.nobody" }),
        ...Object.entries(models).flatMap(([jobName, names]) => names.map((model) => {
          const option = make("option", { value: value(jobName, model) });
          tell(option, "augment.reader_option", { job: `@${convdemo.AUGMENT_JOBS[jobName]}`, model });
          return option;
        })));
      if (before === null || away) pick();
      else select.value = before;
      if (select.selectedIndex < 0) select.value = "";
    }

    // A picture of another job gets a model of that job, unless the visitor wants nobody to read.
    function fit(wanted) {
      if (wanted === job || (models && !select.value && !away)) return;
      job = wanted;
      if (models) pick();
    }

    select.addEventListener("change", () => {
      away = false;
      job = JSON.parse(select.value || "[]")[0] ?? job;
      onChange();
    });

    return {
      offer, fit,
      // {reader, model} as the server takes them, null for nobody.
      get chosen() {
        const [reader, model] = JSON.parse(select.value || "[]");
        return model ? { reader, model } : null;
      },
    };
  };
})();
