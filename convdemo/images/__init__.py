"""Pictures as arrays: whatever a person hands over is read and stood upright (decode), refused in
one sentence where it is none (problems, signatures), and maps are drawn as pictures (render).
Nothing here knows a network or loads torch; what is done to a picture before a network reads it
lies in preprocessing. Begin with decode."""
