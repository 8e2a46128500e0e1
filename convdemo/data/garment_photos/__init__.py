"""The data set `fashion_mnist_photos`: photos with labels (labels), Fashion-MNIST's garments made
to look like photos (composites), drawings of what there are few photos of (drawings), on grounds
(backgrounds) and varied (distortions). Begin with dataset."""
