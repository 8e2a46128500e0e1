// A model of the visitor's own classes as a file: made and proven on the server, then there to be saved.
(() => {
  const { make, tell, call } = convdemo;
  const EVERY = 500; // milliseconds between two looks
  const FORMS = [["zip", 12], ["onnx", 20]]; // and the seconds that each usually takes

  convdemo.transferExport = (root, { server, model }) => {
    const buttons = FORMS.map(([form, usual]) => ({
      form, mark: convdemo.explainMark("transfer.export_working", usual),
      node: make("button", { type: "button", class: "cd-button", "data-say": `transfer.export.${form}`, "data-say-tip": `transfer.export.${form}.why`, onclick: () => begin(form) }),
    }));
    const found = make("div", { class: "cd-exported" });
    root.append(make("div", { class: "cd-toolbar" }, ...buttons.map(({ node }) => node)), ...buttons.map(({ mark }) => mark.node), found);
    const pause = () => new Promise((resolve) => setTimeout(resolve, EVERY));

    async function begin(form) {
      const { mark } = buttons.find((one) => one.form === form);
      for (const { node } of buttons) node.disabled = true;
      found.replaceChildren();
      mark.begin();
      let reply = await call(server.export, { model: model(), form });
      while (reply.export && !reply.over) {
        await pause();
        const { export: id } = reply;
        reply = { export: id, ...(await call(server.exported, { export: id })) };
        if (reply.problem === "offline" || reply.problem === "busy") reply = { export: id };
        else if (reply.problem) break;
      }
      mark.end(!reply.problem && !reply.refused);
      for (const { node } of buttons) node.disabled = false;
      const words = make("p", { class: "cd-words", role: "status" });
      found.replaceChildren(words);
      const wrong = reply.refused ?? (reply.problem ? reply : null);
      if (wrong) {
        tell(words, ...convdemo.transferRefusal(wrong));
        return;
      }
      const { name, path, bytes, largest_difference: difference, pictures } = reply.file;
      const link = make("a", { class: "cd-button cd-primary cd-link-button", href: convdemo.transferAddress(path), download: name });
      tell(link, "transfer.export_save", { megabytes: (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0) });
      tell(words, "transfer.export_proven", { difference: difference ? difference.toExponential(0) : "0", pictures });
      found.append(link, make("p", { class: "cd-quiet", "data-say": `transfer.export.${form}.run` }));
      convdemo.speak(found);
    }

    // Another model: what stands there is of the last one.
    function clear() {
      found.replaceChildren();
    }

    return { clear };
  };
})();
