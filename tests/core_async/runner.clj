;; Runs channel programs on the real core.async: one program a line on standard input, its outcome
;; on a line of standard output. The language is described in __init__.py; runner.py is the same
;; for streams2.
;;
;; core.async hands work to a thread pool and breaks ties at random. Here both are replaced from
;; outside, so that a program has one outcome: pooled work queues up and is run, in order, by the
;; thread that runs the program, until nothing is left; and of several ready operations the first
;; is chosen. Workers of `pipeline` are real threads; they are counted while they run, and nothing
;; goes on until all of them wait.

(ns runner
  (:require [clojure.core.async :as a]
            [clojure.core.async.impl.dispatch :as dispatch]
            [clojure.core.async.impl.protocols :as impl]
            [clojure.edn :as edn]
            [clojure.string :as string]
            [clojure.walk :as walk])
  (:import [java.util.concurrent ConcurrentLinkedQueue ExecutorService Executors ThreadFactory]
           [java.util.concurrent.atomic AtomicLong]))

;; Taking over scheduling and chance

(def pooled (ConcurrentLinkedQueue.))
(def running (atom (AtomicLong.)))
(def pool (atom nil))
(def log-uncaught (atom (fn [_])))

(defn new-pool []
  (Executors/newCachedThreadPool
   (reify ThreadFactory
     (newThread [_ work] (doto (Thread. ^Runnable work) (.setDaemon true))))))

(defn guarded [work]
  (try (work) (catch InterruptedException _) (catch Throwable error (@log-uncaught error))))

(defn wait-for [start]
  (let [answer (promise)
        ^AtomicLong counter @running]
    (start (fn [value] (.incrementAndGet counter) (deliver answer [value])))
    (.decrementAndGet counter)
    (first @answer)))

(defn in-thread [work]
  (let [result (a/chan 1)
        ^AtomicLong counter @running]
    (.incrementAndGet counter)
    (.execute ^ExecutorService @pool
              (fn []
                (guarded work)
                (a/close! result)
                (.decrementAndGet counter)))
    result))

(alter-var-root #'dispatch/run (constantly (fn [work] (.add pooled work) nil)))
(alter-var-root #'a/random-array (constantly (fn [n] (int-array (range n)))))
(alter-var-root #'a/thread-call (constantly in-thread))
(alter-var-root #'a/<!! (constantly (fn [port] (wait-for #(a/take! port %)))))
(alter-var-root #'a/>!! (constantly (fn [port value] (wait-for #(a/put! port value %)))))
(Thread/setDefaultUncaughtExceptionHandler
 (reify Thread$UncaughtExceptionHandler
   (uncaughtException [_ _ error] (@log-uncaught error))))

(defn settle []
  (while (or (pos? (.get ^AtomicLong @running)) (not (.isEmpty pooled)))
    (if-let [work (.poll pooled)]
      (guarded #(.run ^Runnable work))
      (Thread/onSpinWait))))

;; Names in programs

(defn number [value] (if (sequential? value) (reduce + (map number value)) (or value 0)))

(def functions
  {"inc" #(inc (number %))
   "double" #(* 2 (number %))
   "same" identity
   "fail3" #(if (zero? (mod (number %) 3)) (throw (ex-info "fail3" {})) %)
   "nil2" #(when-not (zero? (mod (number %) 2)) %)
   "even" #(even? (number %))
   "odd" #(odd? (number %))
   "small" #(< (number %) 5)
   "twice" #(vector % %)
   "upto" #(range (mod (number %) 4))
   "mod2" #(mod (number %) 2)
   "mod3" #(mod (number %) 3)
   "sum" #(+ (number %1) (number %2))
   "list" #(conj (if (sequential? %1) (vec %1) [%1]) %2)
   "stop10" #(let [total (+ (number %1) (number %2))] (if (> total 10) (reduced total) total))
   "add" (fn [& values] (reduce + (map number values)))})

(defn stage [[kind argument]]
  (case kind
    "map" (map (functions argument))
    "filter" (filter (functions argument))
    "mapcat" (mapcat (functions argument))
    "take" (take argument)
    "take-while" (take-while (functions argument))
    "drop" (drop argument)
    "partition-all" (partition-all argument)
    "partition-by" (partition-by (functions argument))
    "keep" (keep (functions argument))
    "remove" (remove (functions argument))
    "map-indexed" (map-indexed (functions argument))
    "cat" cat
    "drop-while" (drop-while (functions argument))
    "take-nth" (take-nth argument)
    "interpose" (interpose argument)
    "dedupe" (dedupe)
    "distinct" (distinct)))

(defn transform [stages] (when-not (nil? stages) (apply comp (map stage stages))))

(defn handler [spec]
  (cond (nil? spec) nil
        (= spec "nil") (fn [_] nil)
        :else (fn [_] spec)))

(defn new-buffer [spec]
  (if (vector? spec)
    (let [[kind size] spec]
      (case kind "fixed" (a/buffer size) "dropping" (a/dropping-buffer size) "sliding" (a/sliding-buffer size)))
    (when-not (or (nil? spec) (= 0 spec)) spec)))

(def async-functions
  {"inc-async" (fn [value out] (a/put! out (inc (number value)) (fn [_] (a/close! out))))
   "twice-async" (fn [value out]
                   (a/put! out value (fn [_] (a/put! out value (fn [_] (a/close! out))))))
   "none-async" (fn [_ out] (a/close! out))
   "go-async" (fn [value out] (a/go (a/>! out (number value)) (a/close! out)))})

;; Operations

(defn names-of [things] (into {} (map (fn [[name thing]] [thing name]) things)))

(defn ports [things specs]
  (mapv #(if (vector? %) [(things (first %)) (second %)] (things %)) specs))

(defn show-alts [things [value port]]
  [value (if (= :default port) "default" ((names-of things) port))])

(defmacro choose [chans priority default]
  ;; alts! takes its options literally, where the go macro sees them
  `(cond (and ~priority ~default) (a/alts! ~chans :priority true :default (first ~default))
         ~priority (a/alts! ~chans :priority true)
         ~default (a/alts! ~chans :default (first ~default))
         :else (a/alts! ~chans)))

(defn start-process [things steps log]
  (a/go-loop [n 0 steps (seq steps)]
    (when steps
      (let [[kind x y z] (first steps)]
        (case kind
          "put" (log n (a/>! (@things x) y))
          "take" (log n (a/<! (@things x)))
          "close" (log n (a/close! (@things x)))
          "drain" (log n (loop [seen []]
                           (let [value (a/<! (@things x))]
                             (if (nil? value) seen (recur (conj seen value))))))
          "alts" (let [chans (ports @things x)]
                   (log n (show-alts @things (choose chans y z)))))
        (recur (inc n) (next steps))))))

(defn perform [things [kind & [x y z u v w :as arguments]] log]
  (let [add (fn [name thing] (swap! things assoc name thing) nil)
        it (fn [name] (@things name))
        close? (fn [flag] (not (false? flag)))]
    (case kind
      "chan" (add x (if (nil? z)
                      (let [buffer (new-buffer y)] (if buffer (a/chan buffer) (a/chan)))
                      (a/chan (new-buffer y) (transform z) (handler u))))
      "promise" (add x (a/promise-chan (transform y) (handler z)))
      "put" (a/put! (it x) y (fn [value] (log 0 value)))
      "take" (a/take! (it x) (fn [value] (log 0 value)))
      "put-aside" (a/put! (it x) y (fn [value] (log 0 value)) false)
      "take-aside" (a/take! (it x) (fn [value] (log 0 value)) false)
      "puts" (do (dotimes [n z] (a/put! (it x) (+ y n))) nil)
      "takes" (do (dotimes [_ y] (a/take! (it x) identity)) nil)
      "offer" (a/offer! (it x) y)
      "poll" (a/poll! (it x))
      "close" (a/close! (it x))
      "closed" (impl/closed? (it x))
      "alts" (do (start-process things [["alts" x y z]] log) nil)
      "process" (do (start-process things x log) nil)
      "go" (add x (a/go y))
      "go-fails" (add x (a/go (throw (ex-info "go-fails" {}))))
      "unblocking" (boolean (a/unblocking-buffer? (new-buffer x)))
      "pipe" (do (a/pipe (it x) (it y) (close? z)) nil)
      "to-chan" (add x (a/to-chan! y))
      "onto-chan" (add x (a/onto-chan! (it y) z (close? u)))
      "into" (add x (a/into y (it z)))
      "reduce" (add x (a/reduce (functions y) z (it u)))
      "transduce" (add x (a/transduce (transform y) (completing (functions z)) u (it v)))
      "take-n" (add x (a/take y (it z) (new-buffer u)))
      "merge" (add x (a/merge (mapv it y) (new-buffer z)))
      "split" (let [[yes no] (a/split (functions z) (it u) (new-buffer v) (new-buffer w))]
                (add x yes) (add y no))
      "map" (add x (a/map (functions y) (mapv it z) (new-buffer u)))
      "pipeline" (add x (a/pipeline y (it z) (transform u) (it v) (close? w) (handler (nth arguments 6 nil))))
      "pipeline-blocking" (add x (a/pipeline-blocking y (it z) (transform u) (it v) (close? w)
                                                      (handler (nth arguments 6 nil))))
      "pipeline-async" (add x (a/pipeline-async y (it z) (async-functions u) (it v) (close? w)))
      "mult" (add x (a/mult (it y)))
      "tap" (do (a/tap (it x) (it y) (close? z)) nil)
      "untap" (do (a/untap (it x) (it y)) nil)
      "untap-all" (do (a/untap-all (it x)) nil)
      "pub" (add x (if (nil? u)
                     (a/pub (it y) (functions z))
                     (a/pub (it y) (functions z) (fn [_] (new-buffer u)))))
      "sub" (do (a/sub (it x) y (it z) (close? u)) nil)
      "unsub" (do (a/unsub (it x) y (it z)) nil)
      "unsub-all" (do (if (nil? y) (a/unsub-all (it x)) (a/unsub-all (it x) y)) nil)
      "mix" (add x (a/mix (it y)))
      "admix" (do (a/admix (it x) (it y)) nil)
      "unmix" (do (a/unmix (it x) (it y)) nil)
      "unmix-all" (do (a/unmix-all (it x)) nil)
      "toggle" (do (a/toggle (it x)
                             (into {} (map (fn [[name modes]]
                                             [(it name) (into {} (map (fn [[mode on]] [(keyword mode) on]) modes))])
                                           y)))
                   nil)
      "solo-mode" (do (a/solo-mode (it x) (keyword y)) nil)
      "timeout" (add x (a/timeout y))
      "wait" (do (Thread/sleep x) nil))))

(defn error-kind [error]
  (let [message (str (.getMessage ^Throwable error))]
    (cond (string/includes? message "nil") "none"
          (string/includes? message "1024") "too-many"
          :else "refused")))

;; Programs

(defn run-program [program]
  (let [things (atom {})
        events (atom [])]
    (reset! pool (new-pool))
    (reset! running (AtomicLong.))
    (reset! log-uncaught (fn [error]
                           (swap! events conj ["uncaught"])))
    (let [outcome
          (vec (map-indexed
                (fn [n operation]
                  (let [log (fn [step value] (swap! events conj [n step value]))
                        answer (try (perform things operation log)
                                    (catch Throwable error ["error" (error-kind error)]))
                        inline @events]
                    (reset! events [])
                    (settle)
                    (let [later @events]
                      (reset! events [])
                      [answer inline later])))
                program))]
      (.shutdownNow ^ExecutorService @pool)
      (.clear pooled)
      outcome)))

(defn json [value]
  (cond (nil? value) "null"
        (sequential? value) (str "[" (string/join "," (map json value)) "]")
        (keyword? value) (pr-str (name value))
        (or (string? value) (number? value) (boolean? value)) (pr-str value)
        :else (pr-str (str "?" (class value)))))

(doseq [line (line-seq (java.io.BufferedReader. *in*))]
  (println (json (run-program (walk/postwalk-replace {'null nil} (edn/read-string line)))))
  (flush))
(System/exit 0)
