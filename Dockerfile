# The service, or one job: an image that holds the binary of `make build` and
# nothing else. The roots of TLS and the time zones are in the binary.
#
#   make image
FROM scratch
COPY bin/aitrader /aitrader
# The volume's folder belongs to the user of the process, who is not root.
COPY --chown=65532:65532 bin/data /data
# Configurations are mounted here; without any, the built-in one counts.
COPY bin/data /configs
USER 65532:65532
ENV AITRADER_DATA=/data AITRADER_CONFIG_DIR=/configs
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/aitrader", "health"]
ENTRYPOINT ["/aitrader"]
CMD ["up", "--addr", "0.0.0.0:8080"]
