// Ways in for a picture: a file, drag and drop, the clipboard, the camera. The file is sent to the
// server as it is; nothing opens it before Python does.
(() => {
  const { make, tell } = convdemo;

  // Adds the buttons to `toolbar` and lets `area` take drops. `onPicture({upload, name})` gets what
  // Python needs, `onWait()` is called when a file is on its way, `onSentence(key)` if none arrives,
  // `onClear()` when the picture is to go, by the button `remove` or the key c; without that button
  // `area` is no picture but a pad, which has a click and a clearing of its own. While `several` of what
  // comes back is true, `onPictures(paths, count)` gets what is chosen at once: at most `most` of the files,
  // in the order of their names, and how many there were.
  convdemo.pictureInput = ({ element, toolbar, area, remove, upload, onPicture, onWait, onSentence, onClear, onPictures, most }) => {
    const chooser = make("input", { type: "file", accept: "image/*", class: "cd-hidden", tabindex: "-1" });
    chooser.addEventListener("change", () => {
      receive([...chooser.files]);
      chooser.value = "";
    });
    const button = (key, onclick) =>
      make("button", { type: "button", class: "cd-button", "data-say": key, onclick });
    toolbar.prepend(
      button("picture.upload", () => chooser.click()),
      button("picture.paste", paste),
      button("picture.camera", () => openCamera(element, send, onSentence)),
      chooser,
    );

    let newest = 0;

    function receive(files) {
      if (files.length < 2) send(files[0]);
      else if (chooser.multiple) sendAll(files);
      else onSentence("drop.several");
    }

    // A name of our own: the visitor's may be anything, and is nobody's business.
    async function sentPath(file) {
      try {
        return (await upload(new File([file], "picture")))?.path;
      } catch {
        return null;
      }
    }

    async function send(file) {
      if (!file) return;
      const turn = ++newest;
      onWait();
      const path = await sentPath(file);
      if (turn !== newest) return;
      if (path) onPicture({ upload: path, name: file.name.slice(0, 200) });
      else onSentence("picture.upload_failed");
    }

    async function sendAll(files) {
      const turn = ++newest;
      const named = files.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
      const last = Math.min(most, files.length) - 1;
      const paths = [];
      onWait();
      for (let place = 0; place <= last; place++) {
        paths.push(await sentPath(named[Math.round((place * (named.length - 1)) / last)]));
        if (turn !== newest) return;
        if (!paths[place]) {
          onSentence("picture.upload_failed");
          return;
        }
      }
      onPictures(paths, files.length);
    }

    async function paste() {
      try {
        for (const item of await navigator.clipboard.read()) {
          const type = item.types.find((name) => name.startsWith("image/"));
          if (type) {
            send(new File([await item.getType(type)], "pasted.png"));
            return;
          }
        }
      } catch {
        // Not allowed, or not there: the sentence says what works everywhere.
      }
      onSentence("picture.no_paste");
    }

    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || !convdemo.listening(element)) return;
      event.preventDefault();
      receive(files);
    });
    convdemo.dropArea(area, { onFiles: receive, onSentence });

    function clear() {
      newest++;
      onClear();
    }

    if (remove) {
      area.addEventListener("click", () => chooser.click());
      remove.addEventListener("click", clear);
      document.addEventListener("keydown", (event) => {
        if (convdemo.listening(element) && convdemo.shortcut(event) === "c") clear();
      });
    }

    return {
      forget: () => newest++,
      send,
      set several(wanted) { chooser.multiple = wanted; },
    };
  };

  // A button for each data set of which a picture is drawn; `onPick` gets {sample, dataset}.
  convdemo.sampleButtons = (root, { datasets, pictures, why, onPick }) => {
    root.replaceChildren(...datasets.map((dataset) => {
      const draw = () => onPick({ sample: Math.floor(Math.random() * pictures), dataset });
      const button = make("button", { type: "button", class: "cd-button", value: dataset, onclick: draw, "data-say": `dataset.${dataset}` });
      tell(button, why, { pictures: convdemo.grouped(pictures) }, "sayTip");
      return button;
    }));
  };

  async function openCamera(element, send, onSentence) {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      onSentence("picture.no_camera");
      return;
    }
    const video = make("video", { autoplay: "", playsinline: "", muted: "" });
    video.srcObject = stream;
    const shoot = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "picture.shoot" });
    const cancel = make("button", { type: "button", class: "cd-button", "data-say": "picture.cancel" });
    const dialog = make("dialog", { class: "cd-dialog cd-camera" }, video,
      make("div", { class: "cd-toolbar" }, shoot, cancel));
    tell(dialog, "picture.camera", null, "sayLabel");
    shoot.addEventListener("click", () => {
      const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((blob) => send(new File([blob], "camera.jpg")), "image/jpeg", 0.92);
      dialog.close();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      stream.getTracks().forEach((track) => track.stop());
      dialog.remove();
    });
    element.append(dialog);
    dialog.showModal();
  }
})();
