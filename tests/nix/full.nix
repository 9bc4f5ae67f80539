# Every option of services.cc-ci that becomes a variable, set to something: for the test that no setting of the controller is left out.
{
  services.cc-ci = {
    deployerTakes = "files";
    resolveImage = "changed";
    dockerHost = "unix:///run/docker.sock";
    proxyAddress = "192.0.2.7";
    caFile = "/etc/ssl/own-ca.pem";
    recipesDir = "/srv/cc-ci/recipes";
    testsDir = "/srv/cc-ci/tests";
    reapMinAge = "1h30m";
    routeGrace = "4s";
    logLevel = "debug";
    limits = {
      memory = "1g/4g";
      cpus = "1/1.5";
      pids = "500/1000";
      tmpfs = "64m/128m";
      log = "1m/2m";
      disk = "10g";
      diskFloor = "5%/1g";
    };
    gitea = {
      allowed = [
        "alice"
        "bob"
      ];
      poll = "5s";
      user = "cc-ci-bot";
      passwordFile = "/run/secrets/gitea-password";
    };
    http.proxies = [
      "172.18.0.0/16"
      "2001:db8::1"
    ];
    drone.branch = "trunk";
    mirror.tokenFile = "/run/secrets/mirror-token";
    site = {
      sshHost = "root@ci.example.org";
      gatewayAddress = "192.0.2.1";
    };
  };
}
