"""A trained model as a file that runs without the app: a zip of weights and code (zip_file,
template, copied_modules, runtime) or ONNX (onnx, onnx_check), proven to answer as the app does.
Begin with exporter."""
