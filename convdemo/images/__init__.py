"""Pictures as arrays: whatever a person hands over is read and stood upright, or refused in one
sentence where it is none (decode, signatures), maps become pictures (render), pictures get another
size (resize), and what was found is drawn to be kept, by matplotlib (figures, in a look). Nothing
here knows a network or loads torch; what is done to a picture before a network reads it lies in
preprocessing. Begin with decode."""
