// The chosen kernel on the whole photo, and the learned filters that are most like it.
(() => {
  const { make, tell, retell, call, latest } = convdemo;

  const panel = (root, name) => {
    const status = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    root.append(make("h2", { "data-say": `convolution.${name}.title` }), make("p", { class: "cd-quiet", "data-say": `convolution.${name}.lead` }));
    return status;
  };

  convdemo.benchPhoto = (root, { server, kernel, picture }) => {
    const status = panel(root, "photo");
    const images = ["before", "after"].map((name) => {
      const image = make("img", { "data-role": `photo-${name}`, hidden: "" });
      tell(image, `convolution.photo.${name}`, undefined, "sayLabel");
      return { name, image, figure: make("figure", {}, make("div", { class: "cd-bench-photo" }, image), make("figcaption", { class: "cd-quiet", "data-say": `convolution.photo.${name}` })) };
    });
    const legend = make("p", {});
    const tellLegend = convdemo.benchLegend(legend);
    const note = make("p", { class: "cd-quiet" });
    const content = make("div", {}, make("div", { class: "cd-bench-photos" }, ...images.map(({ figure }) => figure)), legend, note);
    root.append(status, content);
    const seen = convdemo.explainSeen(root, () => ask());

    // Only while it is seen: a whole photo is work.
    const ask = latest(async (stale) => {
      if (!seen()) return;
      const weights = kernel();
      content.hidden = !weights;
      if (!weights) {
        retell(status, "convolution.planes_only");
        return;
      }
      const old = setTimeout(() => content.classList.add("cd-old"), 300);
      const reply = await call(server.photo, { picture: picture(), kernel: weights }, stale);
      clearTimeout(old);
      if (stale()) return;
      content.classList.toggle("cd-old", Boolean(reply.problem));
      retell(status, reply.problem ? `problem.${reply.problem}` : "", reply.values);
      if (!reply.problem) show(reply);
    });

    function show(reply) {
      for (const { name, image } of images) {
        image.src = reply[name];
        image.hidden = false;
        image.parentElement.style.aspectRatio = `${reply.width} / ${reply.height}`;
      }
      legend.hidden = !reply.signed;
      tellLegend({ signed: true, end: reply.end, stops: convdemo.signedScale });
      const share = convdemo.share(reply.clipped);
      tell(note, reply.difference > 1e-6 ? "convolution.differs" : reply.signed ? "convolution.photo.signed" : "convolution.photo.bright", {
        width: reply.width, height: reply.height, share, difference: convdemo.benchFigure(reply.difference, 2),
      });
    }

    return { ask };
  };

  convdemo.benchLearned = (root, { server, kernel }) => {
    const status = panel(root, "learned");
    const model = make("select", { class: "cd-select", "data-role": "learned-model", onchange: () => ask() });
    const [lead, mean] = [make("p", { class: "cd-quiet" }), make("p", { class: "cd-quiet" })];
    const list = make("ol", { class: "cd-bench-learned", role: "list" });
    const chooser = make("div", { class: "cd-toolbar" }, make("label", { class: "cd-field" }, make("span", { "data-say": "answer.model" }), model));
    root.append(chooser, status, lead, mean, list);
    let offered = false;

    const offer = latest(async () => {
      const reply = await call(server.options, {});
      if (reply.problem) return retell(status, `problem.${reply.problem}`, reply.values);
      const before = model.value;
      model.replaceChildren(...reply.models.map(convdemo.modelOption));
      if (reply.models.some(({ name }) => name === before)) model.value = before;
      offered = true;
      return ask();
    });

    const seen = convdemo.explainSeen(root, () => ask());

    const ask = latest(async (stale) => {
      if (!seen()) return;
      const weights = kernel();
      list.hidden = chooser.hidden = !weights;
      if (!weights || !offered) {
        for (const node of [lead, mean]) tell(node, "");
        retell(status, weights ? "" : "convolution.planes_only");
        if (!offered && weights) offer();
        return;
      }
      if (!model.value) return retell(status, "problem.no_models");
      const reply = await call(server.learned, { model: model.value, kernel: weights }, stale);
      if (stale()) return;
      list.classList.toggle("cd-old", Boolean(reply.problem));
      retell(status, reply.problem ? `problem.${reply.problem}` : "", reply.values);
      if (!reply.problem) show(reply);
    });

    // A filter as a picture, one pixel a weight.
    function drawn(values, height, width) {
      const canvas = make("canvas", { width, height, "aria-hidden": "true" });
      const picture = canvas.getContext("2d").createImageData(width, height);
      const scale = convdemo.benchScale([...values, -1e-9]);
      for (const [at, value] of values.entries()) picture.data.set([...scale.css(value).match(/\d+/g).map(Number), 255], at * 4);
      canvas.getContext("2d").putImageData(picture, 0, 0);
      return canvas;
    }

    function show({ kernel: own, matches, height, width, count, channels, resized }) {
      const item = (values, key, told, extra) => {
        const words = make("span");
        tell(words, key, told);
        return make("li", {}, drawn(values, height, width), words, ...extra);
      };
      list.replaceChildren(item(own, "convolution.learned.own", undefined, []), ...matches.map(({ filter, cosine, values }) => {
        const number = make("span", { class: "cd-quiet", "data-role": "cosine" });
        tell(number, "convolution.learned.cosine", { cosine: cosine.toFixed(3).replace("-", "−") });
        return item(values, "convolution.learned.filter", { number: filter }, [number]);
      }));
      tell(lead, resized ? "convolution.learned.resized" : "convolution.learned.same_size", { count, height, width });
      tell(mean, channels > 1 ? "convolution.learned.mean" : "", { channels });
    }

    document.addEventListener("convdemo:shelf", () => offered && offer());
    return { ask };
  };
})();
