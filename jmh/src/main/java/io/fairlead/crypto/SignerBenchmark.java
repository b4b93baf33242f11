package io.fairlead.crypto;

import com.wechat.pay.java.core.auth.WechatPay2Credential;
import com.wechat.pay.java.core.cipher.RSASigner;
import io.fairlead.RequestSigner;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * What a signature costs beside the bare primitive: a payment of 200 bytes is signed whole, the {@code bare…} benchmarks make the same number
 * of signatures, codes and digests over texts of the same length and nothing else.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SignerBenchmark {

    private static final URI TARGET = URI.create("https://api.bank.example/v1/payments?region=eu&page=2");
    private static final byte[] BODY = ("{\"amount\":{\"currency\":\"EUR\",\"value\":\"123.50\"},\"memo\":\""
                    + "x".repeat(148) + "\"}")
            .getBytes(StandardCharsets.UTF_8);
    private static final byte[] TEXT = new byte[300];
    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final KeyPair rsa = pair("RSA");
    private final KeyPair ed25519 = pair("Ed25519");
    private final PrivateKey sm2 = sm2();
    private final Mac mac = mac();
    private final HttpRequest request = HttpRequest.newBuilder(TARGET)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "6f1c1a52-5b3e-4d5e-8a1c-5ac2a4f7c001")
            .POST(BodyPublishers.ofByteArray(BODY))
            .build();

    private final RequestSigner hmac = Signers.hmacSha256("key-1", SECRET);
    private final RequestSigner aws = Signers.aws("eu-central-1", "execute-api", "AKIDEXAMPLE", "secret");
    private final RequestSigner fiveComponents = Signers.httpMessage("key-1", SECRET)
            .components("@method", "@target-uri", "content-type", "idempotency-key", "content-digest");
    private final RequestSigner messageEd25519 = Signers.httpMessage("key-1", "ed25519", ed25519.getPrivate())
            .components("@method", "@target-uri", "content-type", "idempotency-key", "content-digest");
    private final RequestSigner messageRsa = Signers.httpMessage("key-1", "rsa-v1_5-sha256", rsa.getPrivate());
    private final RequestSigner weChat = Signers.weChatPay("1900000001", "5F1C", rsa.getPrivate());
    private final RequestSigner weChatSm2 = Signers.weChatPay("1900000001", "5F1C", sm2);
    private final RequestSigner alipay = Signers.alipayV3("2014", rsa.getPrivate());
    private final RequestSigner mastercard = Signers.mastercard("c!k", rsa.getPrivate());
    private final RequestSigner following = Signers.followingClock(Signers.hmacSha256("key-1", SECRET)::environment);

    private final AwsV4HttpSigner sdk = AwsV4HttpSigner.create();
    private final AwsCredentialsIdentity credentials = AwsCredentialsIdentity.create("AKIDEXAMPLE", "secret");
    private final SdkHttpRequest sdkRequest = SdkHttpRequest.builder()
            .uri(TARGET)
            .method(SdkHttpMethod.POST)
            .putHeader("Content-Type", "application/json")
            .putHeader("Idempotency-Key", "6f1c1a52-5b3e-4d5e-8a1c-5ac2a4f7c001")
            .build();
    private final WechatPay2Credential weChatSdk =
            new WechatPay2Credential("1900000001", new RSASigner("5F1C", rsa.getPrivate()));

    private static KeyPair pair(String type) {
        try {
            return KeyPairGenerator.getInstance(type).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrivateKey sm2() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", Providers.BC);
            generator.initialize(new java.security.spec.ECGenParameterSpec("sm2p256v1"));
            return generator.generateKeyPair().getPrivate();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Mac mac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One code over the text and one digest of the body. */
    @Benchmark
    public byte[] bareHmac() throws Exception {
        MessageDigest.getInstance("SHA-256").digest(BODY);
        return mac.doFinal(TEXT);
    }

    /** As SigV4 has with a key of the day: one code, and the digests of body and canonical request. */
    @Benchmark
    public byte[] bareAws() throws Exception {
        MessageDigest.getInstance("SHA-256").digest(BODY);
        MessageDigest.getInstance("SHA-256").digest(TEXT);
        return mac.doFinal(TEXT);
    }

    /** One signature of the JDK with an object of its own, as a signer has it. */
    @Benchmark
    public byte[] bareRsa() throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(rsa.getPrivate());
        signature.update(TEXT);
        return signature.sign();
    }

    @Benchmark
    public byte[] bareEd25519() throws Exception {
        return Holder.ED25519.sign(ed25519.getPrivate());
    }

    @Benchmark
    public byte[] bareSm2() throws Exception {
        return Holder.SM2.sign(sm2);
    }

    /** Bouncy Castle's objects, initialised once: what the signers keep for reuse. */
    private static final class Holder {
        static final Holder ED25519 = new Holder("Ed25519");
        static final Holder SM2 = new Holder("SM3withSM2");
        private final String name;
        private Signature signature;

        Holder(String name) {
            this.name = name;
        }

        synchronized byte[] sign(PrivateKey key) throws Exception {
            if (signature == null) {
                signature = Signature.getInstance(name, Providers.BC);
                signature.initSign(
                        java.security.KeyFactory.getInstance(name.equals("Ed25519") ? "Ed25519" : "EC", Providers.BC)
                                .generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(key.getEncoded())));
            }
            signature.update(TEXT);
            return signature.sign();
        }
    }

    @Benchmark
    public HttpRequest hmac() {
        return hmac.sign(request);
    }

    @Benchmark
    public HttpRequest hmacThatFollowsTheClock() {
        return following.sign(request);
    }

    @Benchmark
    public HttpRequest aws() {
        return aws.sign(request);
    }

    @Benchmark
    public Object awsSdk() {
        return sdk.sign(r -> r.identity(credentials)
                .request(sdkRequest)
                .payload(ContentStreamProvider.fromByteArray(BODY))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "execute-api")
                .putProperty(AwsV4HttpSigner.REGION_NAME, "eu-central-1"));
    }

    @Benchmark
    public HttpRequest httpMessageHmac() {
        return fiveComponents.sign(request);
    }

    @Benchmark
    public HttpRequest httpMessageEd25519() {
        return messageEd25519.sign(request);
    }

    @Benchmark
    public HttpRequest httpMessageRsa() {
        return messageRsa.sign(request);
    }

    @Benchmark
    public HttpRequest weChatPay() {
        return weChat.sign(request);
    }

    @Benchmark
    public String weChatPaySdk() {
        return weChatSdk.getAuthorization(TARGET, "POST", new String(BODY, StandardCharsets.UTF_8));
    }

    @Benchmark
    public HttpRequest weChatPaySm2() {
        return weChatSm2.sign(request);
    }

    @Benchmark
    public HttpRequest alipay() {
        return alipay.sign(request);
    }

    @Benchmark
    public HttpRequest mastercard() {
        return mastercard.sign(request);
    }
}
