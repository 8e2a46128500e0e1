"""From a picture to what a network takes, step by step and without torch: a drawing to a digit
(digit, with ink, paper and centring), a photo to a garment (garment, segmentation), a photo to the
middle of it (square, crop). Reading files lies in images, changes at random in augmentation. Begin
with steps."""
