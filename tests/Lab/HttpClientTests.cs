using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Aglet.Tests.Lab;

/// <summary>curl, as installers and people use it.</summary>
[Trait("Category", "Lab")]
public sealed class HttpClientTests
{
    private const string Url = "http://10.0.0.1/test/proof.bin";

    [Fact]
    public void CurlFetchesWholePartsAndHeads() => LabSession.Run("curl-ranges", lab =>
    {
        byte[] content = Serve(lab);
        Assert.Equal(content, Fetch(lab, "200", Url));
        Assert.Equal(content[10..21], Fetch(lab, "206", "--range", "10-20", Url));
        Assert.Equal(content[99_000..], Fetch(lab, "206", "--range", "99000-", Url));
        Assert.Equal(content[^7..], Fetch(lab, "206", "--range", "-7", Url));

        string head = Curl(lab, "--head", Url);
        Assert.Contains("\nContent-Length: 100000\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK", head, StringComparison.Ordinal);
    });

    [Fact]
    public void OneConnectionServesManyRequests() => LabSession.Run("curl-keep-alive", lab =>
    {
        Serve(lab);
        string counts = Curl(lab, "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null",
            "-w", "%{http_code} %{num_connects}\\n", Url, Url, Url);
        Assert.Equal("200 1\n200 0\n200 0\n", counts);
    });

    [Fact]
    public void WhatIsUnchangedIsNotSentAgain() => LabSession.Run("curl-conditions", lab =>
    {
        Serve(lab);
        string head = Curl(lab, "--head", Url);
        string line = Array.Find(head.Split('\n'), each => each.StartsWith("ETag: ", StringComparison.OrdinalIgnoreCase))
            ?? throw new LabException("no entity tag:\n" + head);
        string tag = line[6..].Trim();
        Assert.StartsWith("\"", tag, StringComparison.Ordinal); // strong, since firmware resumes with it
        Assert.Empty(Fetch(lab, "304", "--header", $"If-None-Match: {tag}", Url));
        Assert.Equal(100_000, Fetch(lab, "200", "--header", "If-None-Match: \"other\"", Url).Length);
    });

    [Fact]
    public void WhatCannotBeServedIsSaidSo() => LabSession.Run("curl-errors", lab =>
    {
        Serve(lab);
        Fetch(lab, "404", "http://10.0.0.1/test/absent.bin");
        Fetch(lab, "405", "--request", "DELETE", Url);
        Fetch(lab, "416", "--range", "200000-", Url);
    });

    private static byte[] Serve(LabSession lab)
    {
        lab.FillTree();
        lab.AddTemplate("debian.cfg", LabConfig.InstallerAnswer);
        lab.Serve(LabConfig.For(LabConfig.Installer));
        lab.GiveClientAddress();
        lab.WaitUntilServed();
        return File.ReadAllBytes(Path.Combine(lab.Tree, "test", "proof.bin"));
    }

    private static string Curl(LabSession lab, params IReadOnlyList<string> arguments)
        => lab.OnClient(TimeSpan.FromSeconds(30), ["curl", "-sS", "--max-time", "20", .. arguments]).OrThrow("curl").Output;

    /// <summary>Fetches with the status that is expected, and gives the body.</summary>
    private static byte[] Fetch(LabSession lab, string status, params IReadOnlyList<string> arguments)
    {
        string target = Path.Combine(lab.Folder, "fetched.bin");
        File.WriteAllBytes(target, []);
        Assert.Equal(status + "\n", Curl(lab, ["-o", target, "-w", "%{http_code}\\n", .. arguments]));
        return File.ReadAllBytes(target);
    }
}
