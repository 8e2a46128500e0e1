"""From trained weights and a picture to an answer: the model library (library) and what each says
of itself (card), the input (inputs), views that are averaged (tta), the answer (predict) and what
it says (answer), weights that somebody hands over (upload), and what an answer withstands (perturb,
robustness). How weights come about lies in training. Begin with predict."""
