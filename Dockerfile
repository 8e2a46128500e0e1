# docker build -t convdemo . && docker run --rm -p 7860:7860 convdemo
# Everything is fetched while it is built; it runs without a network (docker run --network none ...).
FROM python:3.12-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-nanum \
    && rm -rf /var/lib/apt/lists/*

# The processor's torch is a tenth of the one with CUDA.
RUN pip install --no-cache-dir torch torchvision --index-url https://download.pytorch.org/whl/cpu

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY convdemo convdemo
COPY weights weights
RUN pip install --no-cache-dir . && useradd --create-home visitor && install -d -o visitor /data

# Runs, models and data sets of the visitors; keep them with -v convdemo:/data
ENV CONVDEMO_HOME=/data CONVDEMO_DATA=/data/sets
VOLUME /data
USER visitor
EXPOSE 7860
CMD ["convdemo", "serve", "--host", "0.0.0.0"]
