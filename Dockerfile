# The application and the tool. `./lookback version` builds what is copied here.
FROM eclipse-temurin:17-jre

# Named volumes take owner and mode from these directories.
RUN useradd --system --uid 10001 --home-dir /opt/lookback lookback \
    && install -d -o lookback -m 700 /var/lib/lookback /keys \
    && install -d -o lookback -m 755 /scrape \
    && ln -s /opt/lookback/lookback /usr/local/bin/lookback
COPY lookback /opt/lookback/lookback
COPY tool/target/lookback/lib /opt/lookback/tool/target/lookback/lib
# For a sooner start: made by the very Java that will use it.
RUN java -XX:ArchiveClassesAtExit=/opt/lookback/tool/target/lookback/classes.jsa -Xlog:disable \
    -cp '/opt/lookback/tool/target/lookback/lib/*' dev.lookback.tool.ClassArchive

USER lookback
EXPOSE 8080
ENTRYPOINT ["lookback"]
CMD ["run"]
