// Models as files: one that was trained is saved on the visitor's own disk, one from there is added.
(() => {
  const { make, tell, call } = convdemo;

  // A button that adds a file of weights to the shelf, and what came of it.
  convdemo.modelUpload = (root, { server, upload, onAdded }) => {
    const chooser = make("input", { type: "file", accept: ".safetensors", class: "cd-hidden", tabindex: "-1" });
    const button = make("button", {
      type: "button", class: "cd-button", "data-say": "train.adopt", "data-say-tip": "train.adopt_why",
      onclick: () => chooser.click(),
    });
    const sentence = make("p", { class: "cd-quiet", role: "status" });
    root.append(button, chooser, sentence);

    chooser.addEventListener("change", async () => {
      const [file] = chooser.files;
      chooser.value = "";
      if (!file) return;
      button.disabled = true;
      tell(sentence, "train.adopting");
      let sent;
      try {
        sent = await upload(new File([file], "model"));
      } catch {
        sent = null;
      }
      const reply = sent?.path ? await call(server.adopt, { upload: sent.path }) : null;
      button.disabled = false;
      if (!reply) tell(sentence, "picture.upload_failed");
      else if (reply.problem) tell(sentence, `problem.${reply.problem}`, reply.values);
      else {
        tell(sentence, "train.adopted", { model: reply.saved });
        onAdded();
      }
    });
  };

  // Any model of the shelf to be saved as a file; what it gives asks anew which there are.
  convdemo.modelShelf = (root, { server, shown }) => {
    const select = make("select", { class: "cd-select" });
    const sentence = make("p", { class: "cd-trouble", role: "status" });
    const button = make("button", { type: "button", class: "cd-button", "data-say": "train.shelf_download", onclick: save });
    root.append(
      make("label", { class: "cd-field" }, make("span", { "data-say": "train.shelf" }), select), button, sentence);

    async function save() {
      const reply = await convdemo.downloadModel(server, { model: select.value });
      tell(sentence, reply.problem ? `problem.${reply.problem}` : "", reply.values);
    }

    return async () => {
      if (!shown()) return;
      const { models } = await call(server.shelf, {});
      if (!models) return;
      const chosen = select.value;
      select.replaceChildren(...models.map((name) => make("option", { value: name }, name)));
      if (models.includes(chosen)) select.value = chosen;
    };
  };

  // Saves a model as a file, that of {run} or of {model}; {problem, values} where it cannot be had.
  convdemo.downloadModel = async (server, asked) => {
    const reply = await call(server.download, asked);
    if (reply.problem) return reply;
    const bytes = Uint8Array.from(atob(reply.bytes), (character) => character.charCodeAt(0));
    const link = make("a", { href: URL.createObjectURL(new Blob([bytes])), download: reply.name });
    link.click();
    URL.revokeObjectURL(link.href);
    return reply;
  };
})();
