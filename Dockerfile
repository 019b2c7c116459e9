# An image that contains nothing but the binary of `make build`, which includes the
# root certificates and the time zones. It runs the service, or one job.
#
#   make image
FROM scratch
COPY bin/aitrader /aitrader
# The folder of the volume belongs to the user of the process, which is not root.
COPY --chown=65532:65532 bin/data /data
# Mount configurations here; without any, the built-in one applies.
COPY bin/data /configs
USER 65532:65532
ENV AITRADER_DATA=/data AITRADER_CONFIG_DIR=/configs
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/aitrader", "health"]
ENTRYPOINT ["/aitrader"]
CMD ["up", "--addr", "0.0.0.0:8080"]
